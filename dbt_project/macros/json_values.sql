{#- The amount of a Shopify money set; `side` is presentment_money (what the customer paid in) or shop_money. -#}
{% macro money(money_set, side) -%}
    ({{ money_set }} -> '{{ side }}' ->> 'amount')::numeric
{%- endmacro %}

{#- The sum of the numbers that a JSON path finds; 0 where it finds nothing or the array is missing. -#}
{% macro sum_of_path(document, path) -%}
    (
        select coalesce(sum((found.found_value #>> '{}')::numeric), 0)
        from jsonb_path_query({{ document }}, '{{ path }}') as found (found_value)
    )
{%- endmacro %}

{#-
    What a browser sent as a number from `least` to `most`, null where it is none: a client's "12,99" must not stop the
    build, nor a number that no column holds. Rows landed before the event contract had bounds hold any number. Of a JSON
    `document` the value `name`; a number is not looked at as text, which takes six times as long.
-#}
{% macro number_or_null(document, name, least=0, most=1000000000) -%}
    {%- set value -%} {{ document }} -> '{{ name }}' {%- endset -%}
    {%- set text -%} {{ document }} ->> '{{ name }}' {%- endset -%}
    case jsonb_typeof({{ value }})
        when 'number'
            then
                case
                    when ({{ value }})::numeric between {{ least }} and {{ most }} and scale(({{ value }})::numeric) <= 255
                        then ({{ value }})::numeric
                end
        when 'string'
            then
                case
                    when {{ text }} ~ '^-?[0-9]{1,15}([.][0-9]{1,255})?$'
                        then
                            case
                                when ({{ text }})::numeric between {{ least }} and {{ most }} then ({{ text }})::numeric
                            end
                end
    end
{%- endmacro %}

{#-
    A text of a browser that rows are found or joined by. A row of an index of Postgres holds 2,704 bytes; what is
    longer than the event contract takes, which landed before it had bounds, becomes its digest and stays unique.
-#}
{% macro key_text(text) -%}
    case when length({{ text }}) > 255 then md5({{ text }}) else {{ text }} end
{%- endmacro %}

{#-
    As `money`, of a set that the connector declares as a text: an object, the text of one, or a plain number. The text
    is Python's, with single quotes and None: so Airbyte's CDK writes an object where a text is declared.
-#}
{% macro loose_money(money_set, side) -%}
    {%- set text = "to_jsonb(" ~ money_set ~ ") #>> '{}'" -%}
    case
        when left({{ text }}, 1) = '{'
            then (replace(replace({{ text }}, '''', '"'), 'None', 'null')::jsonb -> '{{ side }}' ->> 'amount')::numeric
        when {{ text }} ~ '^-?[0-9]+([.][0-9]+)?$' then ({{ text }})::numeric
    end
{%- endmacro %}
