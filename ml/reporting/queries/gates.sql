select
    gate,
    code,
    table_name,
    rule,
    severity,
    observed_text,
    limit_text,
    is_passed,
    reason
from gates.gate_results
where day = $day
order by is_passed, severity, gate, code, table_name, rule
