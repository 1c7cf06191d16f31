"""Television, gaming and cameras."""

from demo_shop.content.categories.category import COLOURS, Category, same

CATEGORIES = (
    Category(
        "TVs",
        "TV & gaming",
        "TV",
        ("Pixaro", "Opteryx", "Solnix", "Lumevia"),
        (("Home",), ("Cinema",), ("Gallery", "Theatre")),
        ((179, 349), (399, 849), (999, 2999)),
        {
            "screen_size": (("32", "40", "43"), ("50", "55"), ("55", "65", "77")),
            "resolution": (("Full HD", "HD Ready"), ("4K",), ("4K", "8K")),
            "panel": (("LED",), ("QLED", "LED"), ("OLED", "Mini LED")),
            "refresh_rate": (("50 Hz", "60 Hz"), ("60 Hz", "120 Hz"), ("120 Hz", "144 Hz")),
            "hdmi_ports": (("2",), ("3",), ("4",)),
        },
        '{brand} {model} {screen_size}" {panel} TV, {resolution}, {refresh_rate}',
        0.06,
        0.06,
        0.15,
        ("Chargers & cables", "Speakers", "Smart home"),
    ),
    Category(
        "Gaming consoles",
        "TV & gaming",
        "console",
        ("Arkovia", "Vexel"),
        (("Pocket", "Mini"), ("Station",), ("Station X",)),
        ((99, 199), (249, 399), (449, 699)),
        {
            "kind|storage|resolution": (
                ("handheld console|64 GB|720p", "retro console|32 GB|1080p"),
                ("console|512 GB|1440p", "handheld console|256 GB|1080p"),
                ("console|1 TB|4K 120 Hz", "console|2 TB|4K 120 Hz"),
            ),
            "bundle": same("Console only", "With two controllers", "With one game"),
        },
        "{brand} {model} {kind} {storage}, {resolution}, {bundle}",
        0.03,
        0.05,
        0.08,
        ("Game controllers", "Headphones", "SSD & storage"),
    ),
    Category(
        "Game controllers",
        "TV & gaming",
        "controller",
        ("Arkovia", "Vexel", "Brontec"),
        (("Grip",), ("Duo",), ("Elite",)),
        ((19, 35), (45, 65), (89, 179)),
        {
            "connection": (("USB",), ("Bluetooth",), ("Bluetooth + 2.4 GHz",)),
            "battery_life": (("None",), ("20 h", "30 h"), ("40 h",)),
            "vibration": (("simple vibration",), ("haptic feedback",), ("adaptive triggers",)),
            "colour": COLOURS,
        },
        "{brand} {model} {connection} controller, {vibration}, {colour}",
        0.03,
        0.03,
        0.3,
    ),
    Category(
        "Cameras",
        "Cameras",
        "camera",
        ("Opteryx", "Fokalis", "Pellago"),
        (("Snap",), ("Scene",), ("Master",)),
        ((89, 249), (399, 899), (1199, 2899)),
        {
            "kind|resolution|video|stabilisation|lens": (
                (
                    "compact camera|20 MP|Full HD|Digital|8x zoom",
                    "instant camera|5 MP|None|None|Fixed",
                    "action camera|12 MP|4K 30p|Digital|Wide angle",
                ),
                (
                    "mirrorless camera|24 MP|4K 30p|Lens|15-45 mm",
                    "mirrorless camera|26 MP|4K 60p|Lens|18-150 mm",
                    "bridge camera|20 MP|4K 30p|Lens|60x zoom",
                ),
                (
                    "full-frame camera|33 MP|4K 60p|5-axis in body|body only",
                    "full-frame camera|45 MP|8K 30p|5-axis in body|24-70 mm f/4",
                    "full-frame camera|61 MP|4K 60p|5-axis in body|body only",
                ),
            ),
            "mount": (("None",), ("M", "None"), ("M full frame",)),
        },
        "{brand} {model} {kind} {resolution}, {video}, {lens}",
        0.05,
        0.04,
        0.16,
        ("SSD & storage", "Bags & cases", "Chargers & cables"),
    ),
)
