"""Readable categories for the dotted codes of the REES46 clickstreams, e.g. "computers.components.videocards"."""

from __future__ import annotations

from typing import NamedTuple


class Place(NamedTuple):
    """A product's place in the category tree."""

    category: str
    department: str
    singular: str  # what one product of the category is called in a title


_BY_LEAF = {
    "videocards": Place("Graphics cards", "Components", "graphics card"),
    "motherboard": Place("Motherboards", "Components", "motherboard"),
    "cpu": Place("Processors", "Components", "processor"),
    "power_supply": Place("Power supplies", "Components", "power supply"),
    "cooler": Place("Coolers", "Components", "cooler"),
    "memory": Place("Memory modules", "Components", "memory module"),
    "sound_card": Place("Sound cards", "Components", "sound card"),
    "hdd": Place("Hard drives & SSD", "Storage", "drive"),
    "cdrw": Place("Optical drives", "Storage", "optical drive"),
    "nas": Place("Network storage", "Storage", "network storage"),
    "notebook": Place("Notebooks", "Computers", "notebook"),
    "desktop": Place("Desktops & workstations", "Computers", "desktop PC"),
    "tablet": Place("Tablets", "Computers", "tablet"),
    "monitor": Place("Monitors", "Computers", "monitor"),
    "ebooks": Place("E-readers", "Computers", "e-reader"),
    "keyboard": Place("Keyboards & mice", "Accessories", "keyboard"),
    "mouse": Place("Keyboards & mice", "Accessories", "mouse"),
    "joystick": Place("Game controllers", "Gaming", "game controller"),
    "bag": Place("Bags & cases", "Accessories", "bag"),
    "briefcase": Place("Bags & cases", "Accessories", "briefcase"),
    "printer": Place("Printers", "Printing & scanning", "printer"),
    "scanner": Place("Scanners", "Printing & scanning", "scanner"),
    "cartrige": Place("Toner & ink", "Printer supplies", "cartridge"),
    "paper": Place("Paper & labels", "Printer supplies", "paper"),
    "wifi": Place("Networking", "Networking", "Wi-Fi device"),
    "router": Place("Networking", "Networking", "router"),
    "network_adapter": Place("Networking", "Networking", "network adapter"),
    "telephone": Place("Phones", "Phones & wearables", "phone"),
    "smartphone": Place("Phones", "Phones & wearables", "smartphone"),
    "clocks": Place("Smartwatches & trackers", "Phones & wearables", "watch"),
    "acoustic": Place("Speakers", "Audio", "speaker"),
    "headphone": Place("Headphones", "Audio", "headphones"),
    "microphone": Place("Microphones", "Audio", "microphone"),
    "tv": Place("Televisions", "TV & video", "TV"),
    "projector": Place("Projectors", "TV & video", "projector"),
    "tv_tuner": Place("TV tuners", "TV & video", "TV tuner"),
    "tv_remote": Place("Remote controls", "TV & video", "remote control"),
    "camera": Place("Webcams", "Accessories", "webcam"),
    "photo": Place("Cameras", "Cameras", "camera"),
    "video": Place("Camcorders", "Cameras", "camcorder"),
    "battery": Place("Batteries & chargers", "Power", "battery"),
    "player": Place("Car radios", "Car", "car radio"),
    "videoregister": Place("Dash cams", "Car", "dash cam"),
}
_DEPARTMENTS = {
    "appliances": "Home",
    "auto": "Car",
    "construction": "Tools",
    "country_yard": "Garden",
    "stationery": "Office",
    "furniture": "Furniture",
    "electronics": "Electronics",
}
UNKNOWN = Place("Other", "Other", "product")


def place_of(category_code: str) -> Place:
    """The place of a code, by its last part. An unknown part is made readable; an empty code is "Other"."""
    parts = [part for part in category_code.split(".") if part]
    if not parts:
        return UNKNOWN
    known = _BY_LEAF.get(parts[-1])
    if known:
        return known
    words = parts[-1].replace("_", " ")
    return Place(f"{words[:1].upper()}{words[1:]}", _DEPARTMENTS.get(parts[0], parts[0].capitalize()), words)
