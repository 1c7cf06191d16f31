{#- Every row satisfies a SQL condition; a null condition fails too. -#}
{% test is_true_of_rows(model, condition) %}
select *
from {{ model }}
where ({{ condition }}) is not true
{% endtest %}

{#- A combination of columns names one row. -#}
{% test is_unique_combination(model, columns) %}
select {{ columns | join(', ') }}
from {{ model }}
group by {{ columns | join(', ') }}
having count(*) > 1
{% endtest %}
