"""After the pseudonyms' key was rotated: persons whom the stream knew by an older name are those with the newest."""

from __future__ import annotations

import psycopg

from streaming.fence import take_fences

# Lists change only of persons with both names: those who came back since. All their devices are made anew.
BOTH = """
    select distinct devices.visitor_id
    from renewed
    inner join serving.visitor_persons as older on renewed.older = older.person_id
    inner join serving.visitor_persons as newer on renewed.newest = newer.person_id
    inner join serving.visitor_persons as devices on devices.person_id in (renewed.older, renewed.newest)
"""
RENEWED = """
    with newest as (
        select distinct on (customer_pseudonym) customer_pseudonym, click_pseudonym
        from pii.click_pseudonyms
        order by customer_pseudonym asc, key_version desc
    ),

    renewed as (
        select
            names.click_pseudonym as older,
            newest.click_pseudonym as newest
        from pii.click_pseudonyms as names
        inner join newest using (customer_pseudonym)
        where names.click_pseudonym <> newest.click_pseudonym
    )
"""
STALE = f"""{RENEWED}
    insert into serving.stale_lists (kind, key)
    select 'visitor', visitor_id from ({BOTH}) as theirs
    on conflict do nothing
"""
RENAME = f"""{RENEWED},

    gone as (
        delete from serving.visitor_persons as persons using renewed
        where persons.person_id = renewed.older
        returning persons.visitor_id, renewed.newest, persons.linked_at
    )

    insert into serving.visitor_persons (visitor_id, person_id, linked_at)
    select visitor_id, newest, max(linked_at) from gone group by visitor_id, newest
    on conflict (visitor_id, person_id) do nothing
"""


def join_persons(database_url: str) -> None:
    """Give the newest name to every link of a device to a person (pii.click_pseudonyms), while the stream goes on.

    Again after events with an older name were read. Raises psycopg.Error.
    """
    with psycopg.connect(database_url) as connection:
        # no batch may add a link while they are renamed
        take_fences(connection)
        connection.execute(STALE)
        connection.execute(RENAME)
