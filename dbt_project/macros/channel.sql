{#-
    The channel that brought a visit, from its first event. Needs the columns campaign_source, campaign_medium,
    referrer_host and page_host. The tags of a link decide; without tags the referrer does, unless it is the shop itself.
-#}
{% macro channel() -%}
    case
        when coalesce(campaign_medium, campaign_source) is not null
            then
                case
                    when lower(campaign_medium) in ('cpc', 'ppc', 'sem', 'paid-search', 'paidsearch') then 'Paid search'
                    when lower(campaign_medium) in ('paid-social', 'paidsocial', 'paid_social') then 'Paid social'
                    when lower(campaign_medium) in ('email', 'e-mail', 'newsletter') then 'Email'
                    when lower(campaign_medium) in ('affiliate', 'affiliates') then 'Affiliate'
                    when lower(campaign_medium) in ('social', 'social-media', 'social-network') then 'Organic social'
                    when lower(campaign_medium) in ('display', 'banner', 'cpm') then 'Display'
                    else 'Other campaign'
                end
        when referrer_host is null or referrer_host = page_host then 'Direct'
        when referrer_host ~ '(^|[.])(google|bing|duckduckgo|ecosia|qwant|yahoo|baidu|yandex|search)[.]'
            then 'Organic search'
        when referrer_host ~ '(^|[.])(facebook|instagram|tiktok|youtube|pinterest|reddit|linkedin|threads|x|t)[.]'
            then 'Organic social'
        else 'Referral'
    end
{%- endmacro %}
