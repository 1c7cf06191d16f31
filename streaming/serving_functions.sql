-- The functions that the storefront calls for recommendations. Safe to run again. They read with the rights of the role
-- recommender (privacy/roles.sql), so that whoever calls them needs no right on a table with visitors in it.

-- When a visitor's own list for a slot was made, and by which model; no row when there is none.
create or replace function serving.list_version(visitor text, slot_name text)
returns table (model_version text, computed_at timestamptz)
language sql stable parallel safe security definer
set search_path = pg_catalog
as $$
    select found.model_version, found.computed_at
    from serving.recommendation_lists as found
    where found.visitor_id = visitor and found.slot = slot_name
$$;

-- The best `n` products for a visitor, known or not, from these sources in turn until there are n:
--   1. the visitor's own list for the slot      2. neighbours of the product on screen
--   3. the visitor's list for the home page     4. trending in that product's category
--   5. trending in the shop                     6. best rated
-- Never the product on screen, a product twice, or one that is not sold now. So it returns n rows whenever the shop
-- has n + 1 products to sell. Any argument but n may be null.
create or replace function serving.recommend(visitor text, slot_name text, on_screen text, n int)
returns table (rank smallint, product_id text, score double precision, reason text, source text)
language plpgsql stable parallel safe security definer
set search_path = pg_catalog
as $$
#variable_conflict use_column
declare
    seen text[] := array[coalesce(on_screen, '')];
    wanted int := coalesce(n, 0);
    found_before int := 0;
    found_now int;
    first_kind text := case when slot_name = 'cart' then 'together' else 'similar' end;
    from_source text;
    ids text[];
    scores float8[];
    reasons text[];
begin
    -- a small statement for each source, run only if it is needed: for most visitors the first is enough
    for step in 1..6 loop
        exit when found_before >= wanted;
        ids := null;
        if step = 1 or (step = 3 and slot_name <> 'home') then
            from_source := 'visitor';
            select found.product_ids, found.scores, found.reasons into ids, scores, reasons
            from serving.recommendation_lists as found
            where
                found.visitor_id = visitor
                and found.slot = case when step = 1 then coalesce(slot_name, 'home') else 'home' end;
        elsif step = 2 and on_screen is not null then
            from_source := 'neighbours';
            -- on a product's page similar products and accessories alternate; in a cart accessories come first
            select
                array_agg(near.neighbour_id order by near.part, near.place),
                array_agg(near.score order by near.part, near.place),
                array_agg(near.reason order by near.part, near.place)
            into ids, scores, reasons
            from (
                select
                    found.neighbour_id, found.score, found.reason,
                    case when slot_name = 'cart' and found.kind <> first_kind then 1 else 0 end as part,
                    2 * found.rank + case when found.kind = first_kind then 0 else 1 end as place
                from serving.product_neighbours as found
                where found.product_id = on_screen
            ) as near;
        elsif step = 4 and on_screen is not null then
            from_source := 'trending_category';
            select found.product_ids, found.scores, found.reasons into ids, scores, reasons
            from serving.products as product
            inner join serving.trending_lists as found on product.category = found.category
            where product.product_id = on_screen and found.category <> '';
        elsif step = 5 then
            from_source := 'trending';
            select found.product_ids, found.scores, found.reasons into ids, scores, reasons
            from serving.trending_lists as found where found.category = '';
        elsif step = 6 then
            from_source := 'best_rated';
            select
                array_agg(best.product_id order by best.place),
                array_agg(coalesce(best.rating, 0)::double precision order by best.place),
                array['Rated best by our customers']
            into ids, scores, reasons
            from (
                select
                    product.product_id, product.rating,
                    row_number() over (order by product.rating desc nulls last, product.rating_count desc nulls last,
                        product.product_id) as place
                from serving.products as product
                where product.is_in_stock and product.is_published
                order by product.rating desc nulls last, product.rating_count desc nulls last, product.product_id
                limit 2 * wanted  -- enough for n even if all products of the other sources are among them
            ) as best;
        end if;
        continue when ids is null;
        return query
        select
            (found_before + row_number() over (order by listed.place))::smallint, listed.product_id, listed.score,
            coalesce(listed.reason, reasons[1]), from_source
        from unnest(ids, scores, reasons) with ordinality as listed (product_id, score, reason, place)
        inner join serving.products as product
            on listed.product_id = product.product_id and product.is_in_stock and product.is_published
        where
            listed.product_id <> all(seen)
            -- a product listed twice keeps its better place
            and array_position(ids, listed.product_id) = listed.place
        order by listed.place
        limit wanted - found_before;
        get diagnostics found_now = row_count;
        found_before := found_before + found_now;
        -- also those that were listed and not returned: they are not sold now
        seen := seen || ids;
    end loop;
end;
$$;
