-- The one question the storefront asks. Safe to run again.

-- The best `n` products for a visitor, known or not, from the first sources that have them:
--   1. the visitor's own list for the slot      2. neighbours of the product on screen
--   3. the visitor's list for the home page     4. trending in that product's category
--   5. trending in the whole shop               6. best rated
-- Never the product on screen, never one twice, never one that cannot be sold now, so n rows come back
-- whenever the shop has n + 1 products to sell. Any argument but n may be null.
create or replace function serving.recommend(visitor text, slot_name text, on_screen text, n int)
returns table (rank smallint, product_id text, score double precision, reason text, source text)
language plpgsql stable parallel safe
as $$
#variable_conflict use_column
declare
    chosen text[] := array[coalesce(on_screen, '')];
    wanted int := coalesce(n, 0);
    first_kind text := case when slot_name = 'cart' then 'together' else 'similar' end;
    step int;
    candidate record;
begin
    rank := 0;
    for step in 1..6 loop
        exit when rank >= wanted;
        for candidate in
            select listed.*
            from (
                select list.product_id, list.score, list.reason, 'visitor' as source, 0 as part, list.rank::int as place
                from serving.recommendations as list
                where step = 1 and list.visitor_id = visitor and list.slot = coalesce(slot_name, 'home')
                union all
                -- on a product's page rivals and accessories take turns; beside a cart accessories come first
                select list.neighbour_id, list.score, list.reason, 'neighbours',
                    case when slot_name = 'cart' and list.kind <> first_kind then 1 else 0 end,
                    2 * list.rank + case when list.kind = first_kind then 0 else 1 end
                from serving.product_neighbours as list
                where step = 2 and list.product_id = on_screen
                union all
                select list.product_id, list.score, list.reason, 'visitor', 0, list.rank
                from serving.recommendations as list
                where step = 3 and list.visitor_id = visitor and list.slot = 'home' and slot_name <> 'home'
                union all
                select list.product_id, list.score, list.reason, 'trending_category', 0, list.rank
                from serving.trending as list
                where
                    step = 4
                    and list.category = (
                        select product.category from serving.products as product where product.product_id = on_screen
                    )
                    and list.category <> ''
                union all
                select list.product_id, list.score, list.reason, 'trending', 0, list.rank
                from serving.trending as list
                where step = 5 and list.category = ''
                union all
                select best.*
                from (
                    select product.product_id, coalesce(product.rating, 0)::double precision, 'Rated best by our customers',
                        'best_rated', 0,
                        row_number() over (order by product.rating desc nulls last, product.rating_count desc nulls last,
                            product.product_id)::int
                    from serving.products as product
                    where product.is_in_stock and product.is_published
                    order by product.rating desc nulls last, product.rating_count desc nulls last, product.product_id
                    limit 2 * wanted  -- enough to be left with n when all chosen before are among them
                ) as best
                where step = 6
            ) as listed
            inner join serving.products as product
                on listed.product_id = product.product_id and product.is_in_stock and product.is_published
            order by listed.part, listed.place
        loop
            continue when candidate.product_id = any(chosen);
            chosen := chosen || candidate.product_id;
            rank := rank + 1;
            product_id := candidate.product_id;
            score := candidate.score;
            reason := candidate.reason;
            source := candidate.source;
            return next;
            exit when rank >= wanted;
        end loop;
    end loop;
end;
$$;
