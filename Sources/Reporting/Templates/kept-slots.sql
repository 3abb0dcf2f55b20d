
-- Slots on the standby that stay as they are. Where nobody needs one, take the dashes away from its line (or make the
-- plan with --drop-extra):
{{slots}}
