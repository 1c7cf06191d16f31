"""Categories from titles, where a title says clearly what the product is.

A product keeps the category of its catalogue unless a rule matches its title. Rules look for the product itself
("memory module"), never for a property that it shares with others ("16 GB"). The first rule that matches decides, so
rules for accessories come before those for the products they belong to.
"""

from __future__ import annotations

import re

_RULES: tuple[tuple[str, str, str], ...] = (
    # (category, department, pattern in the title, without case)
    ("Toys", "Toys", r"playset|\bdolls?\b|puzzle|action figure|\bLEGO\b|water based paint|building set"),
    ("Software & services", "Software", r"\bhw supp|care pack|\blicen[cs]es?\b|warranty|\bsubscription"),
    (
        "Home & kitchen",
        "Home",
        r"shaver|toothbrush|blender|epilat|depilation|hair (dryer|clipper)|vacuum cleaner|kettle",
    ),
    ("Home & kitchen", "Home", r"plancha|steam iron|coffee m(aker|achine)|toaster|flashlight|juicer|deep fryer"),
    ("Phone accessories", "Phones & wearables", r"mobile phone case|smartphone case|screen protector"),
    ("Bags & cases", "Accessories", r"notebook case|laptop (bag|case|sleeve|backpack)|backpack|briefcase|sleeve case"),
    (
        "Toner & ink",
        "Printer supplies",
        r"\btoners?\b(?!.*collector)|ink cartridges?|printhead|singlepack|\bink ?jet cartridge",
    ),
    ("Toner & ink", "Printer supplies", r"original ((light |photo |matte )?(black|cyan|magenta|yellow|gr[ae]y)|\d pc)"),
    (
        "Printer accessories",
        "Printing & scanning",
        r"printer (cabinet|memory|roller|tray|stand)|printer/scanner spare|staples?\b",
    ),
    (
        "Paper & labels",
        "Printer supplies",
        r"\blabels?\b.*(white|matt|paper|a4|pcs)|photo paper|plotter paper|\bscrim\b",
    ),
    ("UPS & power distribution", "Power", r"\bups\b|uninterruptible|surge protector|power distribution|\bpdu\b"),
    (
        "Racks & enclosures",
        "Infrastructure",
        r"rack (enclosure|accessory|cabinet|rail|shelf)|rack-?mount .*drawer|storage drawer",
    ),
    ("Memory cards & USB sticks", "Storage", r"memory card|usb flash drive|card reader|microsd|\bsdhc\b|\bsdxc\b"),
    (
        "Keyboards & mice",
        "Accessories",
        r"\bkeyboards?\b(?! (cover|tray|drawer))|\bmouse\b(?! pad)|\bmice\b|\btrackball",
    ),
    (
        "Networking",
        "Networking",
        r"network switch|\bkvm switch|media converter|\brouter\b|access point|network(ing)? card",
    ),
    ("Batteries & chargers", "Power", r"power adapter/inverter|\bac adapter\b|rechargeable battery|single-use battery"),
    ("Stands & mounts", "Accessories", r"(wall|desk|ceiling) ?mount\b|mounting bracket"),
    ("Cables & adapters", "Cables", r"\bcable\b(?!.*\b(lock|tie|tester|modem)\b)|patch cord|interface cards/adapter"),
    ("Headphones", "Audio", r"\bheadphones?\b|\bheadset\b|\bearbuds?\b"),
    ("Docks & hubs", "Accessories", r"notebook dock|docking station(?!.*hdd)|\busb hub\b|interface hub"),
    ("Notebooks", "Computers", r"\bnotebook\b.*\d+(\.\d+)? cm|\bchromebook\b.*\bgb\b"),
    ("Tablets", "Computers", r"\btab(let)?\b.*\bgb\b.*\bandroid\b|\bipad\b.*\bgb\b"),
    ("Phones", "Phones & wearables", r"\bsmartphone\b"),
    ("Smartwatches & trackers", "Phones & wearables", r"smartwatch|activity tracker"),
    ("Servers", "Computers", r"server barebone|\bpoweredge\b.* server\b|\bproliant\b.* server\b"),
    ("Motherboards", "Components", r"\bmotherboard\b(?!.*(slot plate|header))|socket am\d|lga \d+.* (atx|itx)"),
    ("Graphics cards", "Components", r"graphics card(?!.* adapter)"),
    ("Memory modules", "Components", r"memory module"),
    ("Monitors", "Computers", r"led display|computer monitor|lcd monitor|\btft monitor"),
    ("Televisions", "TV & video", r"\b(led|lcd|smart|plasma|oled|flat|hospitality) tv\b|\btv \d+(\.\d+)? cm"),
    ("Game consoles & games", "Gaming", r"playstation \d|xbox|nintendo"),
    ("Scanners", "Printing & scanning", r"\bscanner\b.*(flatbed|sheet-fed|adf|dpi)(?!.*(cable|kit))"),
    (
        "Printers",
        "Printing & scanning",
        r"(laser|inkjet|large format|label|photo|dot matrix) printer|multifunction printer",
    ),
    ("Projectors", "TV & video", r"\bprojector\b(?!.*(lamp|mount|screen|case|cable))"),
)
_COMPILED = tuple((category, department, re.compile(pattern, re.I)) for category, department, pattern in _RULES)


def tidy_category(title: str, category: str, department: str) -> tuple[str, str]:
    """(category, department) of the first rule that matches the title, else as given."""
    for known_category, known_department, pattern in _COMPILED:
        if pattern.search(title):
            return known_category, known_department
    return category, department
