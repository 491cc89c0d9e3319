select table_name
from information_schema.tables
where table_schema = 'staging' and starts_with(table_name, 'stg_shop__')
order by table_name
