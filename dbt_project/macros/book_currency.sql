{#-
    What one unit of a currency that the shop kept its books in is worth in today's. The fixed rates with which countries
    took the euro (Council Regulations (EC) 2866/98 and the later ones, ec.europa.eu "conversion rates"); other changes
    are told by the operator: COMPTOIR_PAST_CURRENCIES, a JSON object {"USD": 150.25}.
-#}
{% macro fixed_rate(book_currency, shop_currency) -%}
    {%- set told = "'" ~ (env_var('COMPTOIR_PAST_CURRENCIES', '{}') or '{}') ~ "'::jsonb ->> " ~ book_currency -%}
    case
        when {{ book_currency }} = {{ shop_currency }} then 1
        when {{ told }} is not null then ({{ told }})::numeric
        when {{ shop_currency }} = 'EUR'
            then case {{ book_currency }}
                {%- for code, units in {
                    'BGN': 1.95583, 'HRK': 7.5345, 'LTL': 3.4528, 'LVL': 0.702804, 'EEK': 15.6466, 'SKK': 30.126,
                    'MTL': 0.4293, 'CYP': 0.585274, 'SIT': 239.64
                }.items() %}
                    when '{{ code }}' then 1 / {{ units }}
    {%- endfor %}
            end
    end
{%- endmacro %}

{#- An amount of the shop's books in its currency of today; `currencies` is int_shop_currencies__rated. -#}
{% macro in_shop_currency(amount) -%}
    case
        when currencies.rate = 1 then {{ amount }}
        else round(({{ amount }}) * coalesce(currencies.rate, 0), {{ currency_digits('currencies.shop_currency') }})
    end
{%- endmacro %}
