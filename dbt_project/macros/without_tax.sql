{#-
    The listed amount of an order line without its tax, to the smallest unit of `currency`. Needs the columns
    has_taxes_included and tax_rate.
    Where prices contain the tax, its share comes from the tax that the shop states (of price less discount), so that
    price less discount less tax stays exact; only for a line given away completely the tax rate is used.
-#}
{% macro without_tax(listed, discount, tax, currency) -%}
    case
        when not has_taxes_included then {{ listed }}
        when {{ discount }} = 0 then {{ listed }} - {{ tax }}
        when {{ listed }} = {{ discount }} then round({{ listed }} / (1 + tax_rate), {{ currency_digits(currency) }})
        else round({{ listed }} * ({{ listed }} - {{ discount }} - {{ tax }}) / ({{ listed }} - {{ discount }}), {{ currency_digits(currency) }})
    end
{%- endmacro %}
