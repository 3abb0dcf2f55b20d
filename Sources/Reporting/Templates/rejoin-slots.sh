
# --- Slots that were left: they stop slot synchronization, or retain WAL and rows for ever.
{{slots}}
