{#-
    Google Analytics 4's default channel group of a source, its category, its medium and its campaign; rules, order and
    patterns of support.google.com/analytics/answer/9756891 ("manual traffic"), AI Assistant as of May 2026.
    All four are expressions in small letters; a source of null is a visit that came from nowhere.
-#}
{% macro channel(source, category, medium, campaign) -%}
    {%- set is_paid = medium ~ " ~ '^(.*cp.*|ppc|retargeting|paid.*)$'" -%}
    {%- set is_for_shopping = campaign ~ " ~ '^(.*(([^a-df-z]|^)shop|shopping).*)$'" -%}
    {%- set mails = "('email', 'e-mail', 'e_mail', 'e mail')" -%}
    case
        when coalesce({{ source }}, '(direct)') in ('(direct)', 'direct')
            and coalesce({{ medium }}, '(none)') in ('(none)', '(not set)') then 'Direct'
        when {{ campaign }} like '%cross-network%' then 'Cross-network'
        when ({{ category }} = 'shopping' or {{ is_for_shopping }}) and {{ is_paid }} then 'Paid Shopping'
        when {{ category }} = 'search' and {{ is_paid }} then 'Paid Search'
        when {{ category }} = 'social' and {{ is_paid }} then 'Paid Social'
        when {{ category }} = 'video' and {{ is_paid }} then 'Paid Video'
        when {{ medium }} in ('display', 'banner', 'expandable', 'interstitial', 'cpm') then 'Display'
        when {{ is_paid }} then 'Paid Other'
        -- ChatGPT writes its name into utm_source and no medium
        when {{ medium }} = 'ai-assistant' or ({{ category }} = 'ai_assistant' and {{ medium }} is null)
            then 'AI Assistant'
        when {{ category }} = 'shopping' or {{ is_for_shopping }} then 'Organic Shopping'
        when {{ category }} = 'social'
            or {{ medium }} in ('social', 'social-network', 'social-media', 'sm', 'social network', 'social media')
            then 'Organic Social'
        when {{ category }} = 'video' or {{ medium }} like '%video%' then 'Organic Video'
        when {{ category }} = 'search' or {{ medium }} = 'organic' then 'Organic Search'
        when {{ medium }} in ('referral', 'app', 'link') then 'Referral'
        when {{ source }} in {{ mails }} or {{ medium }} in {{ mails }} then 'Email'
        when {{ medium }} in ('affiliate', 'affiliates') then 'Affiliates'
        when {{ medium }} = 'audio' then 'Audio'
        when 'sms' in ({{ source }}, {{ medium }}) then 'SMS'
        when {{ medium }} like '%push' or {{ medium }} like '%mobile%' or {{ medium }} like '%notification%'
            or {{ source }} = 'firebase' then 'Mobile Push Notifications'
        else 'Unassigned'
    end
{%- endmacro %}
