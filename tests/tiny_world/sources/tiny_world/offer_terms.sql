select
    offer_id,
    partner_id,
    null::varchar as region,
    null::varchar as tier,
    stacking_group,
    minimum_issue,
    parse_filename(filename) as file,
    day::date as day
from read_csv($folder || '/offer_terms.csv', all_varchar = true, filename = true)
where day::date between $first_day and $last_day
