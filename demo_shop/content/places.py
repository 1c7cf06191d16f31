"""The countries of the shop's visitors: their names, streets and cities, and the locale of their browsers.

Phone numbers are from the ranges that regulators reserve for fiction, where there is such a range (GB, US, FR, DE).
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Country:
    """One country and what addresses and names of its customers are made of."""

    code: str  # ISO 3166
    weight: int  # share of the visitors, in per cent
    locale: str
    first_names: tuple[str, ...]
    last_names: tuple[str, ...]
    cities: tuple[tuple[str, str], ...]  # (city, postal code)
    streets: tuple[str, ...]
    street: str  # a format string over street and number
    phone: str  # the prefix
    phone_digits: int  # random digits that follow the prefix


def words(text: str) -> tuple[str, ...]:
    """The parts of a text that are separated by commas."""
    return tuple(text.split(", "))


COUNTRIES: tuple[Country, ...] = (
    Country(
        code="FR",
        weight=38,
        locale="fr-FR",
        first_names=words(
            "Camille, Louis, Manon, Hugo, Inès, Jules, Chloé, Nathan, "
            "Léa, Malik, Élodie, Théo, Sarah, Antoine, Yasmine, Rémi"
        ),
        last_names=words(
            "Martin, Bernard, Dubois, Petit, Moreau, Laurent, Garnier, "
            "Chevalier, Benali, Roussel, Fontaine, Lefèvre, Marchand, Perrin"
        ),
        cities=(
            ("Paris", "75011"),
            ("Lyon", "69003"),
            ("Marseille", "13006"),
            ("Lille", "59000"),
            ("Nantes", "44000"),
            ("Toulouse", "31000"),
            ("Rennes", "35000"),
            ("Grenoble", "38000"),
        ),
        streets=words(
            "rue des Lilas, avenue de la Gare, rue du Moulin, place de la Mairie, rue Victor-Hugo, chemin des Vignes"
        ),
        street="{number} {street}",
        phone="+3363998",
        phone_digits=4,
    ),
    Country(
        code="DE",
        weight=20,
        locale="de-DE",
        first_names=words("Anna, Lukas, Lena, Felix, Marie, Jonas, Emma, Paul, Aylin, Max, Johanna, Finn, Clara, Emre"),
        last_names=words(
            "Müller, Schneider, Weber, Wagner, Becker, Hoffmann, Koch, Richter, Yilmaz, Schröder, Krüger, Vogel"
        ),
        cities=(
            ("Berlin", "10117"),
            ("Hamburg", "20095"),
            ("München", "80331"),
            ("Köln", "50667"),
            ("Leipzig", "04109"),
            ("Stuttgart", "70173"),
        ),
        streets=words("Hauptstraße, Gartenweg, Bahnhofstraße, Lindenallee, Schillerstraße"),
        street="{street} {number}",
        phone="+4917139200",
        phone_digits=2,
    ),
    Country(
        code="BE",
        weight=10,
        locale="fr-BE",
        first_names=words("Noor, Arthur, Louise, Lucas, Elise, Adam, Juliette, Wout, Fien, Mathis"),
        last_names=words("Peeters, Janssens, Maes, Jacobs, Willems, Dupont, Lambert, Claes, Goossens"),
        cities=(("Bruxelles", "1000"), ("Antwerpen", "2000"), ("Gent", "9000"), ("Liège", "4000"), ("Namur", "5000")),
        streets=words("rue Haute, Kerkstraat, rue de la Station, Molenstraat"),
        street="{street} {number}",
        phone="+32470",
        phone_digits=6,
    ),
    Country(
        code="GB",
        weight=13,
        locale="en-GB",
        first_names=words("Oliver, Amelia, George, Isla, Harry, Priya, Jack, Freya, Mohammed, Grace, Alfie, Ruby"),
        last_names=words("Smith, Jones, Taylor, Brown, Evans, Patel, Walker, Wright, Khan, Hughes, Green"),
        cities=(
            ("London", "SE1 9GF"),
            ("Manchester", "M1 1AE"),
            ("Bristol", "BS1 4DJ"),
            ("Leeds", "LS1 4AP"),
            ("Edinburgh", "EH1 1YZ"),
        ),
        streets=words("High Street, Church Lane, Station Road, Mill Road, Park Avenue"),
        street="{number} {street}",
        phone="+447700900",
        phone_digits=3,
    ),
    Country(
        code="US",
        weight=8,
        locale="en-US",
        first_names=words("Liam, Olivia, Noah, Ava, Ethan, Mia, Mason, Sofia, Jamal, Emily, Diego, Hannah"),
        last_names=words("Johnson, Williams, Davis, Garcia, Miller, Wilson, Nguyen, Anderson, Thomas, Lee"),
        cities=(
            ("New York", "10003"),
            ("Austin", "78701"),
            ("Seattle", "98101"),
            ("Chicago", "60601"),
            ("Denver", "80202"),
        ),
        streets=words("Main Street, Oak Avenue, Maple Drive, 2nd Street, Lake View Road"),
        street="{number} {street}",
        phone="+120255501",
        phone_digits=2,
    ),
    Country(
        code="NL",
        weight=5,
        locale="nl-NL",
        first_names=words("Sanne, Daan, Lotte, Sem, Fleur, Bram, Iris, Thijs"),
        last_names=words("de Jong, Jansen, de Vries, Bakker, Visser, Smit, Meijer"),
        cities=(("Amsterdam", "1012"), ("Rotterdam", "3011"), ("Utrecht", "3511"), ("Eindhoven", "5611")),
        streets=words("Dorpsstraat, Schoolstraat, Julianalaan, Kanaalweg"),
        street="{street} {number}",
        phone="+316",
        phone_digits=8,
    ),
    Country(
        code="ES",
        weight=4,
        locale="es-ES",
        first_names=words("Lucía, Pablo, Carmen, Álvaro, Marta, Javier, Elena, Diego"),
        last_names=words("García, Fernández, López, Sánchez, Ruiz, Torres, Navarro"),
        cities=(("Madrid", "28013"), ("Barcelona", "08002"), ("Valencia", "46001"), ("Sevilla", "41001")),
        streets=words("calle Mayor, avenida del Sol, calle de la Fuente, paseo del Río"),
        street="{street}, {number}",
        phone="+346",
        phone_digits=8,
    ),
    Country(
        code="CH",
        weight=2,
        locale="fr-CH",
        first_names=words("Nina, Elias, Laura, Matteo, Lea, David"),
        last_names=words("Favre, Meier, Keller, Rochat, Brunner, Blanc"),
        cities=(("Genève", "1201"), ("Lausanne", "1003"), ("Zürich", "8001")),
        streets=words("rue du Lac, Seestrasse, chemin des Cèdres"),
        street="{street} {number}",
        phone="+4179",
        phone_digits=7,
    ),
)

BY_CODE = {country.code: country for country in COUNTRIES}
