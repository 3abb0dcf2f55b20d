-- Part 1: checks. Nothing is changed before all of them hold.{{twice}}
{{checks}}
\echo 'all checks passed' \if :is_dry_run \echo 'dry run: nothing was changed' \else

-- Part 2: changes.{{again}}
{{changes}}
\endif
-- What holds now.
{{summary}}
