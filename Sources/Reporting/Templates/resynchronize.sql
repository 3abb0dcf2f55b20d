-- slotscope: consumers that have to be resynchronized.
-- All of this is commented out: nothing runs before you take the dashes away from what fits your consumer.
{{slots}}
