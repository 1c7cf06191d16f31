"""What the generated shop sells: departments, categories, the attributes and price tiers of each, and what goes with what.

All brands and model names are invented. Prices are in the shop's currency, without tax.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Tier = Literal["entry", "mid", "premium"]
TIERS: tuple[Tier, ...] = ("entry", "mid", "premium")
Choices = tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]
"""The values an attribute can take in the entry, mid and premium tier."""


@dataclass(frozen=True, slots=True)
class Category:
    """A leaf of the shop's tree.

    `prices` are (lowest, highest) per tier; `attributes` are in the order they are shown; `title` is a format string
    over brand, model and the attributes; `share` is its part of the products, `demand` its part of the visits,
    `margin` the part of the price that is not cost; `companions` name the categories bought with this one, most
    likely first.
    """

    name: str
    department: str
    singular: str
    brands: tuple[str, ...]
    series: Choices
    prices: tuple[tuple[int, int], tuple[int, int], tuple[int, int]]
    attributes: dict[str, Choices]
    title: str
    share: float
    demand: float
    margin: float
    companions: tuple[str, ...] = ()


def same(*values: str) -> Choices:
    """An attribute whose values do not depend on the tier."""
    return (values, values, values)


COLOURS = same("Black", "White", "Silver", "Graphite", "Midnight Blue", "Sand")

CATEGORIES: tuple[Category, ...] = (
    Category(
        "Laptops",
        "Computers",
        "laptop",
        ("Norvane", "Kaltano", "Veldra", "Quillon", "Halvorn"),
        (("Note", "Easy"), ("Slim", "Work"), ("Studio", "Blade")),
        ((299, 549), (599, 1099), (1199, 2499)),
        {
            "screen_size": (("14", "15.6"), ("13.3", "14", "15.6"), ("14", "16", "17.3")),
            "panel": (("IPS",), ("IPS", "OLED"), ("OLED", "Mini LED")),
            "processor": (("4-core 2.4 GHz", "4-core 2.8 GHz"), ("8-core 3.0 GHz",), ("12-core 3.6 GHz", "16-core 3.8 GHz")),
            "ram": (("8 GB",), ("16 GB",), ("32 GB", "64 GB")),
            "storage": (("256 GB SSD",), ("512 GB SSD",), ("1 TB SSD", "2 TB SSD")),
            "ports": (("2 USB-A, 1 USB-C, HDMI",), ("2 USB-C, 1 USB-A, HDMI",), ("3 USB-C, HDMI, SD reader",)),
            "weight": (("1.9 kg", "1.7 kg"), ("1.3 kg", "1.5 kg"), ("1.2 kg", "2.1 kg")),
            "colour": COLOURS,
        },
        '{brand} {model} {screen_size}" laptop, {panel}, {ram}, {storage}',
        0.12,
        0.15,
        0.14,
        ("Bags & cases", "Mice", "Chargers & cables", "SSD & storage"),
    ),
    Category(
        "Tablets",
        "Computers",
        "tablet",
        ("Kaltano", "Lumevia", "Ondeva"),
        (("Pad Lite",), ("Pad",), ("Pad Pro",)),
        ((129, 219), (249, 449), (499, 999)),
        {
            "screen_size": (("8.7", "10.1"), ("10.9", "11"), ("12.4", "13")),
            "panel": (("IPS",), ("IPS",), ("OLED",)),
            "ram": (("4 GB",), ("8 GB",), ("12 GB", "16 GB")),
            "storage": (("64 GB",), ("128 GB", "256 GB"), ("256 GB", "512 GB")),
            "connectivity": (("Wi-Fi",), ("Wi-Fi", "Wi-Fi + 5G"), ("Wi-Fi + 5G",)),
            "colour": COLOURS,
        },
        '{brand} {model} {screen_size}" tablet, {storage}, {connectivity}',
        0.05,
        0.05,
        0.15,
        ("Bags & cases", "Chargers & cables", "Keyboards"),
    ),
    Category(
        "Monitors",
        "Computers",
        "monitor",
        ("Pixaro", "Norvane", "Opteryx", "Veldra"),
        (("View",), ("Vista",), ("Canvas", "Arena")),
        ((99, 169), (189, 379), (429, 1199)),
        {
            "screen_size": (("22", "24"), ("24", "27"), ("27", "32", "34")),
            "resolution": (("1920 x 1080",), ("2560 x 1440",), ("3840 x 2160", "3440 x 1440")),
            "panel": (("IPS", "VA"), ("IPS",), ("OLED", "IPS Black")),
            "refresh_rate": (("75 Hz", "100 Hz"), ("100 Hz", "144 Hz"), ("120 Hz", "240 Hz")),
            "ports": (("HDMI, VGA",), ("HDMI, DisplayPort",), ("USB-C 90 W, HDMI, DisplayPort",)),
        },
        '{brand} {model} {screen_size}" monitor, {resolution}, {panel}, {refresh_rate}',
        0.08,
        0.07,
        0.17,
        ("Chargers & cables", "Keyboards", "Mice"),
    ),
    Category(
        "Keyboards",
        "Computers",
        "keyboard",
        ("Brontec", "Tessaro", "Quillon", "Rivelle"),
        (("Key", "Type"), ("Flow", "Craft"), ("Forge", "Maestro")),
        ((15, 29), (35, 79), (89, 199)),
        {
            "layout": same("AZERTY", "QWERTY UK", "QWERTZ", "QWERTY US"),
            "switches": (("Membrane",), ("Scissor", "Mechanical red"), ("Mechanical brown", "Optical")),
            "connection": (("USB",), ("Bluetooth", "2.4 GHz"), ("Bluetooth + USB-C",)),
            "backlight": (("None",), ("White",), ("RGB",)),
            "format": (("Full size",), ("Full size", "75 %"), ("75 %", "Tenkeyless")),
        },
        "{brand} {model} {connection} keyboard, {switches}, {layout}",
        0.06,
        0.05,
        0.32,
        ("Mice",),
    ),
    Category(
        "Mice",
        "Computers",
        "mouse",
        ("Brontec", "Tessaro", "Zephra", "Rivelle"),
        (("Click",), ("Glide",), ("Vector", "Ergo")),
        ((9, 19), (25, 49), (59, 139)),
        {
            "connection": (("USB", "2.4 GHz"), ("Bluetooth", "2.4 GHz"), ("Bluetooth + 2.4 GHz",)),
            "resolution": (("1,600 dpi",), ("4,000 dpi",), ("16,000 dpi", "26,000 dpi")),
            "buttons": (("3",), ("5", "6"), ("7", "8")),
            "battery": (("AA",), ("AA", "Rechargeable"), ("Rechargeable",)),
            "colour": COLOURS,
        },
        "{brand} {model} {connection} mouse, {resolution}, {colour}",
        0.06,
        0.05,
        0.35,
        ("Keyboards",),
    ),
    Category(
        "SSD & storage",
        "Computers",
        "drive",
        ("Cobrena", "Ferrow", "Gravona"),
        (("Base", "Stick"), ("Swift",), ("Turbo", "Vault")),
        ((12, 39), (49, 119), (129, 399)),
        {
            "kind": (("USB stick", "microSD card"), ("Portable SSD", "SATA SSD", "SD card"), ("NVMe SSD", "Portable SSD")),
            "capacity": (("64 GB", "128 GB"), ("500 GB", "1 TB"), ("2 TB", "4 TB")),
            "read_speed": (("100 MB/s", "150 MB/s"), ("550 MB/s", "1,050 MB/s"), ("5,000 MB/s", "7,400 MB/s")),
            "interface": (("USB 3.2", "UHS-I"), ("USB-C 3.2", "SATA"), ("PCIe 4.0", "USB4")),
        },
        "{brand} {model} {kind} {capacity}, {read_speed}",
        0.08,
        0.07,
        0.25,
        ("Chargers & cables", "Bags & cases"),
    ),
    Category(
        "Printers & ink",
        "Computers",
        "printer",
        ("Inkara", "Halvorn", "Papelis"),
        (("Jet",), ("Office",), ("Pro Laser",)),
        ((59, 99), (119, 229), (249, 599)),
        {
            "technology": (("Ink-jet",), ("Ink-jet", "Ink tank"), ("Colour laser", "Mono laser")),
            "functions": (("Print",), ("Print, scan, copy",), ("Print, scan, copy, fax",)),
            "speed": (("8 ppm", "10 ppm"), ("15 ppm", "18 ppm"), ("28 ppm", "35 ppm")),
            "connectivity": (("USB", "Wi-Fi"), ("Wi-Fi",), ("Wi-Fi, Ethernet",)),
            "paper": same("A4"),
        },
        "{brand} {model} {technology} printer, {functions}, {connectivity}",
        0.05,
        0.05,
        0.12,
        ("Ink & paper", "Chargers & cables"),
    ),
    Category(
        "Ink & paper",
        "Computers",
        "cartridge",
        ("Inkara", "Halvorn", "Papelis"),
        (("Drop",), ("Drop XL",), ("Toner",)),
        ((9, 19), (24, 45), (59, 129)),
        {
            "kind": (("Ink cartridge", "Photo paper"), ("Ink cartridge XL", "Ink bottle"), ("Toner cartridge",)),
            "colour": same("Black", "Cyan", "Magenta", "Yellow", "Multipack"),
            "yield": (("200 pages", "240 pages"), ("500 pages", "800 pages"), ("2,400 pages", "5,000 pages")),
        },
        "{brand} {model} {kind} {colour}, {yield}",
        0.06,
        0.06,
        0.45,
    ),
    Category(
        "Smartphones",
        "Phones & watches",
        "smartphone",
        ("Lumevia", "Ondeva", "Kaltano", "Solnix", "Mirelle"),
        (("Go", "One"), ("Neo", "Plus"), ("Ultra", "Max")),
        ((99, 199), (249, 499), (599, 1299)),
        {
            "screen_size": (("6.1", "6.5"), ("6.1", "6.6"), ("6.3", "6.7", "6.9")),
            "panel": (("LCD 90 Hz",), ("OLED 120 Hz",), ("LTPO OLED 120 Hz",)),
            "ram": (("4 GB",), ("8 GB",), ("12 GB", "16 GB")),
            "storage": (("64 GB", "128 GB"), ("128 GB", "256 GB"), ("256 GB", "512 GB")),
            "camera": (("13 MP", "50 MP"), ("50 MP",), ("50 MP triple", "200 MP")),
            "network": (("4G",), ("5G",), ("5G",)),
            "battery": (("4,500 mAh", "5,000 mAh"), ("5,000 mAh",), ("5,000 mAh", "5,500 mAh")),
            "colour": COLOURS,
        },
        '{brand} {model} {screen_size}" smartphone, {storage}, {network}, {colour}',
        0.11,
        0.15,
        0.12,
        ("Bags & cases", "Chargers & cables", "Headphones"),
    ),
    Category(
        "Smartwatches",
        "Phones & watches",
        "smartwatch",
        ("Ondeva", "Zephra", "Solnix"),
        (("Fit",), ("Time",), ("Summit",)),
        ((39, 89), (119, 229), (279, 599)),
        {
            "case_size": (("38 mm", "40 mm"), ("41 mm", "44 mm"), ("45 mm", "49 mm")),
            "display": (("LCD",), ("AMOLED",), ("AMOLED",)),
            "sensors": (("Heart rate",), ("Heart rate, SpO2, GPS",), ("ECG, SpO2, dual GPS",)),
            "battery_life": (("7 days", "10 days"), ("5 days", "7 days"), ("3 days", "14 days")),
            "colour": COLOURS,
        },
        "{brand} {model} smartwatch {case_size}, {sensors}, {colour}",
        0.04,
        0.04,
        0.2,
        ("Chargers & cables",),
    ),
    Category(
        "Headphones",
        "Sound",
        "headphones",
        ("Auravelle", "Sonarra", "Zephra", "Mirelle"),
        (("Beat", "Tune"), ("Air", "Calm"), ("Opus", "Silence")),
        ((15, 39), (59, 149), (179, 449)),
        {
            "form": (("In-ear", "On-ear"), ("True wireless", "Over-ear"), ("Over-ear", "True wireless")),
            "connection": (("3.5 mm", "Bluetooth 5.0"), ("Bluetooth 5.3",), ("Bluetooth 5.4",)),
            "noise_cancelling": (("No",), ("Yes", "No"), ("Adaptive",)),
            "battery_life": (("12 h", "15 h"), ("24 h", "30 h"), ("40 h", "60 h")),
            "colour": COLOURS,
        },
        "{brand} {model} {form} headphones, {connection}, {colour}",
        0.09,
        0.1,
        0.28,
        ("Chargers & cables", "Bags & cases"),
    ),
    Category(
        "Speakers",
        "Sound",
        "speaker",
        ("Auravelle", "Sonarra", "Tessaro"),
        (("Pop",), ("Wave",), ("Hall",)),
        ((19, 45), (69, 159), (199, 699)),
        {
            "kind": (("Portable",), ("Portable", "Smart speaker"), ("Sound bar", "Multi-room")),
            "power": (("5 W", "10 W"), ("20 W", "40 W"), ("120 W", "300 W")),
            "connection": (("Bluetooth 5.0",), ("Bluetooth 5.3", "Wi-Fi"), ("Wi-Fi, HDMI eARC",)),
            "waterproof": (("No", "IPX5"), ("IPX7",), ("No",)),
        },
        "{brand} {model} {kind} speaker {power}, {connection}",
        0.05,
        0.04,
        0.25,
        ("Chargers & cables",),
    ),
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
        ("Arkadia", "Vexel"),
        (("Pocket", "Mini"), ("Station",), ("Station X",)),
        ((99, 199), (249, 399), (449, 699)),
        {
            "kind": (("Handheld", "Retro console"), ("Console", "Handheld"), ("Console",)),
            "storage": (("32 GB", "64 GB"), ("512 GB",), ("1 TB", "2 TB")),
            "resolution": (("720p",), ("1440p",), ("4K 120 Hz",)),
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
        ("Arkadia", "Vexel", "Brontec"),
        (("Grip",), ("Duo",), ("Elite",)),
        ((19, 35), (45, 65), (89, 179)),
        {
            "connection": (("USB",), ("Bluetooth",), ("Bluetooth + 2.4 GHz",)),
            "battery_life": (("None",), ("20 h", "30 h"), ("40 h",)),
            "vibration": (("Simple",), ("Haptic",), ("Haptic, adaptive triggers",)),
            "colour": COLOURS,
        },
        "{brand} {model} {connection} controller, {vibration} vibration, {colour}",
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
            "kind": (("Compact", "Instant", "Action camera"), ("Mirrorless APS-C", "Bridge"), ("Mirrorless full frame",)),
            "resolution": (("12 MP", "20 MP"), ("24 MP", "26 MP"), ("33 MP", "45 MP", "61 MP")),
            "video": (("Full HD", "4K 30p"), ("4K 60p",), ("8K 30p", "4K 120p")),
            "stabilisation": (("Digital",), ("Lens",), ("5-axis in body",)),
            "lens": (("Fixed",), ("15-45 mm", "18-150 mm"), ("Body only", "24-70 mm f/2.8")),
        },
        "{brand} {model} {kind} camera {resolution}, {video}, {lens}",
        0.05,
        0.04,
        0.16,
        ("SSD & storage", "Bags & cases", "Chargers & cables"),
    ),
    Category(
        "Smart home",
        "Home",
        "smart home device",
        ("Domeris", "Solnix", "Nimbrel"),
        (("Spark",), ("Sense",), ("Guard",)),
        ((12, 29), (35, 89), (99, 299)),
        {
            "kind": (("Smart plug", "LED bulb"), ("Thermostat valve", "Motion sensor", "Video doorbell"), ("Outdoor camera", "Alarm kit")),
            "protocol": (("Wi-Fi", "Zigbee"), ("Zigbee", "Thread"), ("Wi-Fi 6", "Thread")),
            "power": (("Mains",), ("Battery",), ("Battery", "Mains")),
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
            "kind": (("USB-C cable", "HDMI cable", "USB-A cable"), ("USB-C charger", "DisplayPort cable", "Car charger"), ("Power bank", "GaN charger")),
            "power": (("15 W", "60 W"), ("30 W", "45 W"), ("65 W", "100 W", "140 W")),
            "length": (("1 m", "2 m"), ("1.5 m", "2 m"), ("0.5 m",)),
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
        ("Rivelle", "Caravane", "Ekdal"),
        (("Skin",), ("Day",), ("Voyage",)),
        ((9, 19), (25, 49), (59, 139)),
        {
            "kind": (("Phone case", "Tablet sleeve", "Earbud case"), ("Laptop sleeve", "Folio case", "Camera bag"), ("Backpack", "Briefcase")),
            "fits": (('up to 6.9"', 'up to 11"'), ('up to 14"', 'up to 16"'), ('up to 16"', 'up to 17.3"')),
            "material": (("Silicone", "Recycled polyester"), ("Felt", "Canvas"), ("Leather", "Ballistic nylon")),
            "colour": COLOURS,
        },
        "{brand} {model} {kind} {fits}, {material}, {colour}",
        0.07,
        0.04,
        0.5,
    ),
)

BY_NAME = {category.name: category for category in CATEGORIES}
