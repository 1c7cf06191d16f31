{#- Fails on rows that do not satisfy an SQL condition; a null result fails too. -#}
{% test is_true_of_rows(model, condition) %}
select *
from {{ model }}
where ({{ condition }}) is not true
{% endtest %}

{#- Fails when two rows have the same combination of columns. -#}
{% test is_unique_combination(model, columns) %}
select {{ columns | join(', ') }}
from {{ model }}
group by {{ columns | join(', ') }}
having count(*) > 1
{% endtest %}

{#-
    Fails on rows in which one of the columns is null: one test and one look at the table in place of a not_null for each
    column, for every test costs the daily run the same time whatever it reads.
-#}
{% test are_not_null(model, columns) %}
select {{ columns | join(', ') }}
from {{ model }}
where {{ columns | join(' is null or ') }} is null
{% endtest %}
