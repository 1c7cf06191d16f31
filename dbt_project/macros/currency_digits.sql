{#-
    Decimals of a currency's smallest unit. Made by `comptoir docs currencies` from ISO 4217 (package
    iso4217) and, for currencies of the past, CLDR (package babel): do not edit.
-#}
{% macro currency_digits(currency) -%}
    case
        when {{ currency }} in (
            'ADP', 'BIF', 'BYR', 'CLP', 'DJF', 'ESP', 'GNF', 'ISK', 'ITL', 'JPY', 'KMF', 'KRW',
            'LUF', 'MGF', 'MRO', 'PYG', 'RWF', 'SLL', 'STD', 'TMM', 'TRL', 'UGX', 'UYI', 'VND',
            'VUV', 'XAF', 'XOF', 'XPF', 'ZMK', 'ZWD'
        ) then 0
        when {{ currency }} in (
            'BHD', 'IQD', 'JOD', 'KWD', 'LYD', 'OMR', 'TND'
        ) then 3
        when {{ currency }} in (
            'CLF', 'UYW'
        ) then 4
        else 2
    end
{%- endmacro %}
