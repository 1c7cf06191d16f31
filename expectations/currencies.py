"""Currencies the warehouse keeps to the cent (ISO 4217, two decimals or none).

Money columns are numeric(18, 2). A currency with three decimals, such as KWD, would be rounded there, so it is not
in the list and gate_raw blocks it.
"""

CURRENCIES = [
    "AED", "AUD", "BGN", "BRL", "CAD", "CHF", "CLP", "CNY", "CZK", "DKK", "EUR", "GBP", "HKD", "HUF", "ILS",
    "INR", "ISK", "JPY", "KRW", "MAD", "MXN", "MYR", "NOK", "NZD", "PHP", "PLN", "RON", "SAR", "SEK", "SGD",
    "THB", "TRY", "TWD", "UAH", "USD", "ZAR",
]  # fmt: skip
