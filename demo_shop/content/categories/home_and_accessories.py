"""Smart home, and accessories for all other categories."""

from demo_shop.content.categories.category import COLOURS, Category, same

CATEGORIES = (
    Category(
        "Smart home",
        "Home",
        "smart home device",
        ("Domeris", "Solnix", "Nimbrel"),
        (("Spark",), ("Sense",), ("Guard",)),
        ((12, 29), (35, 89), (99, 299)),
        {
            "kind|protocol|power": (
                ("smart plug|Wi-Fi|Mains", "smart plug|Zigbee|Mains", "LED bulb|Zigbee|E27", "LED bulb|Wi-Fi|GU10"),
                (
                    "thermostat valve|Thread|Battery",
                    "motion sensor|Zigbee|Battery",
                    "video doorbell|Wi-Fi|Battery",
                    "smoke alarm|Zigbee|Battery",
                ),
                (
                    "outdoor camera|Wi-Fi 6|Mains",
                    "outdoor camera|Wi-Fi|Battery",
                    "alarm kit|Zigbee|Mains",
                    "door lock|Thread|Battery",
                ),
            ),
            "pack": same("1 piece", "2 pieces", "3 pieces"),
        },
        "{brand} {model} {kind}, {protocol}, {pack}",
        0.05,
        0.04,
        0.3,
        ("Chargers & cables", "Speakers"),
    ),
    Category(
        "Chargers & cables",
        "Accessories",
        "charger or cable",
        ("Voltane", "Nimbrel", "Rivelle"),
        (("Link",), ("Charge",), ("Power",)),
        ((6, 14), (17, 35), (39, 99)),
        {
            "kind|power|length": (
                (
                    "USB-C cable|60 W|1 m",
                    "USB-C cable|100 W|2 m",
                    "USB-A cable|15 W|1 m",
                    "HDMI cable|4K|2 m",
                    "Ethernet cable|1 Gbit/s|3 m",
                ),
                (
                    "USB-C charger|30 W|wall",
                    "USB-C charger|45 W|wall",
                    "DisplayPort cable|8K|2 m",
                    "Car charger|36 W|12 V",
                    "Wireless charger|15 W|desk",
                ),
                (
                    "Power bank|65 W|20,000 mAh",
                    "Power bank|30 W|10,000 mAh",
                    "GaN charger|100 W|3 ports",
                    "USB-C dock|140 W|9 ports",
                ),
            ),
            "colour": same("Black", "White"),
        },
        "{brand} {model} {kind} {power}, {length}, {colour}",
        0.08,
        0.06,
        0.48,
    ),
    Category(
        "Bags & cases",
        "Accessories",
        "case",
        ("Rivelle", "Caravello", "Ekdal"),
        (("Skin",), ("Day",), ("Voyage",)),
        ((9, 19), (25, 49), (59, 139)),
        {
            "kind|fits|material": (
                (
                    "phone case|6.1 to 6.5 inches|Silicone",
                    "phone case|6.6 to 6.9 inches|Silicone",
                    "tablet sleeve|up to 11 inches|Felt",
                    "earbud case|most earbuds|Silicone",
                ),
                (
                    "laptop sleeve|up to 14 inches|Felt",
                    "laptop sleeve|up to 16 inches|Canvas",
                    "tablet folio|up to 13 inches|Canvas",
                    "camera bag|one camera, two lenses|Nylon",
                ),
                (
                    "backpack|up to 16 inches|Ballistic nylon",
                    "backpack|up to 17.3 inches|Recycled polyester",
                    "briefcase|up to 16 inches|Leather",
                ),
            ),
            "colour": COLOURS,
        },
        "{brand} {model} {kind} {fits}, {material}, {colour}",
        0.07,
        0.04,
        0.5,
    ),
)
