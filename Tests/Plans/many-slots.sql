-- slotscope: replication slots for a failover, PostgreSQL 17, system identifier 7710563583691309172
-- Runs on:  the standby, before it is promoted, by a role with REPLICATION
-- Run it:   psql -X -f THIS_FILE 'host=… dbname=…', first with -v dry_run=1 (checks alone); again at any time
-- Refuses:  with exit status 3 and before any change, on any other server and where a check fails
-- More:     -v patience=SECONDS for each wait, -v step_timeout=5min for each change; beside it runs what --for primary prints
-- Slot synchronization makes the slots. They are safe to fail over to when this script has ended without an error.

\set ON_ERROR_STOP on \set QUIET on \encoding UTF8 \set AUTOCOMMIT on \set ON_ERROR_ROLLBACK off
\set SINGLELINE off \set FETCH_COUNT 0 \set SHOW_CONTEXT never \pset pager off \pset format aligned
\if :{?dry_run} \else \set dry_run off \endif \set QUIET :dry_run \set is_dry_run :QUIET \set QUIET on
\if :{?patience} \else \set patience 60 \endif
-- The slots, and what each consumer had confirmed at least; database 5 is postgres, 16384 is Ünïcode dé, 16385 is a%b$c
\set slots '[{"slot_name": "cdc_a", "datoid": 5, "confirmed_flush_lsn": "0/0174C7E8"}, '
\set slots :slots '{"slot_name": "cdc_b", "datoid": 5, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_1", "datoid": 16384, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_10", "datoid": 16384, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_100", "datoid": 16384, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_101", "datoid": 16385, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_102", "datoid": 5, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_103", "datoid": 16384, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_104", "datoid": 16385, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_105", "datoid": 5, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_106", "datoid": 16384, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_107", "datoid": 16385, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_108", "datoid": 5, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_109", "datoid": 16384, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_11", "datoid": 16385, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_110", "datoid": 16385, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_111", "datoid": 5, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_112", "datoid": 16384, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_113", "datoid": 16385, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_114", "datoid": 5, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_115", "datoid": 16384, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_116", "datoid": 16385, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_117", "datoid": 5, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_118", "datoid": 16384, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_119", "datoid": 16385, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_12", "datoid": 5, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_120", "datoid": 5, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_121", "datoid": 16384, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_122", "datoid": 16385, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_123", "datoid": 5, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_124", "datoid": 16384, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_125", "datoid": 16385, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_126", "datoid": 5, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_127", "datoid": 16384, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_128", "datoid": 16385, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_129", "datoid": 5, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_13", "datoid": 16384, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_130", "datoid": 16384, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_131", "datoid": 16385, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_132", "datoid": 5, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_133", "datoid": 16384, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_134", "datoid": 16385, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_135", "datoid": 5, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_136", "datoid": 16384, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_137", "datoid": 16385, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_138", "datoid": 5, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_139", "datoid": 16384, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_14", "datoid": 16385, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_140", "datoid": 16385, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_141", "datoid": 5, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_142", "datoid": 16384, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_143", "datoid": 16385, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_144", "datoid": 5, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_145", "datoid": 16384, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_146", "datoid": 16385, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_147", "datoid": 5, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_148", "datoid": 16384, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_149", "datoid": 16385, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_15", "datoid": 5, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_150", "datoid": 5, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_151", "datoid": 16384, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_152", "datoid": 16385, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_153", "datoid": 5, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_154", "datoid": 16384, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_155", "datoid": 16385, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_156", "datoid": 5, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_157", "datoid": 16384, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_158", "datoid": 16385, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_159", "datoid": 5, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_16", "datoid": 16384, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_160", "datoid": 16384, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_161", "datoid": 16385, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_162", "datoid": 5, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_163", "datoid": 16384, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_164", "datoid": 16385, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_165", "datoid": 5, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_166", "datoid": 16384, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_167", "datoid": 16385, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_168", "datoid": 5, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_169", "datoid": 16384, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_17", "datoid": 16385, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_170", "datoid": 16385, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_171", "datoid": 5, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_172", "datoid": 16384, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_173", "datoid": 16385, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_174", "datoid": 5, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_175", "datoid": 16384, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_176", "datoid": 16385, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_177", "datoid": 5, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_178", "datoid": 16384, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_179", "datoid": 16385, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_18", "datoid": 5, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_180", "datoid": 5, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_181", "datoid": 16384, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_182", "datoid": 16385, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_183", "datoid": 5, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_184", "datoid": 16384, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_185", "datoid": 16385, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_186", "datoid": 5, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_187", "datoid": 16384, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_188", "datoid": 16385, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_189", "datoid": 5, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_19", "datoid": 16384, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_190", "datoid": 16384, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_191", "datoid": 16385, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_192", "datoid": 5, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_193", "datoid": 16384, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_194", "datoid": 16385, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_195", "datoid": 5, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_196", "datoid": 16384, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_197", "datoid": 16385, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_198", "datoid": 5, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_199", "datoid": 16384, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_2", "datoid": 16385, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_20", "datoid": 16385, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_200", "datoid": 16385, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_201", "datoid": 5, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_202", "datoid": 16384, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_203", "datoid": 16385, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_204", "datoid": 5, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_205", "datoid": 16384, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_206", "datoid": 16385, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_21", "datoid": 5, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_22", "datoid": 16384, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_23", "datoid": 16385, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_24", "datoid": 5, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_25", "datoid": 16384, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_26", "datoid": 16385, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_27", "datoid": 5, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_28", "datoid": 16384, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_29", "datoid": 16385, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_3", "datoid": 5, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_30", "datoid": 5, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_31", "datoid": 16384, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_32", "datoid": 16385, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_33", "datoid": 5, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_34", "datoid": 16384, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_35", "datoid": 16385, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_36", "datoid": 5, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_37", "datoid": 16384, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_38", "datoid": 16385, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_39", "datoid": 5, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_4", "datoid": 16384, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_40", "datoid": 16384, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_41", "datoid": 16385, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_42", "datoid": 5, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_43", "datoid": 16384, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_44", "datoid": 16385, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_45", "datoid": 5, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_46", "datoid": 16384, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_47", "datoid": 16385, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_48", "datoid": 5, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_49", "datoid": 16384, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_5", "datoid": 16385, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_50", "datoid": 16385, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_51", "datoid": 5, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_52", "datoid": 16384, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_53", "datoid": 16385, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_54", "datoid": 5, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_55", "datoid": 16384, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_56", "datoid": 16385, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_57", "datoid": 5, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_58", "datoid": 16384, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_59", "datoid": 16385, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_6", "datoid": 5, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_60", "datoid": 5, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_61", "datoid": 16384, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_62", "datoid": 16385, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_63", "datoid": 5, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_64", "datoid": 16384, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_65", "datoid": 16385, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_66", "datoid": 5, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_67", "datoid": 16384, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_68", "datoid": 16385, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_69", "datoid": 5, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_7", "datoid": 16384, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_70", "datoid": 16384, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_71", "datoid": 16385, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_72", "datoid": 5, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_73", "datoid": 16384, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_74", "datoid": 16385, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_75", "datoid": 5, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_76", "datoid": 16384, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_77", "datoid": 16385, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_78", "datoid": 5, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_79", "datoid": 16384, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_8", "datoid": 16385, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_80", "datoid": 16385, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_81", "datoid": 5, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_82", "datoid": 16384, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_83", "datoid": 16385, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_84", "datoid": 5, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_85", "datoid": 16384, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_86", "datoid": 16385, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_87", "datoid": 5, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_88", "datoid": 16384, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_89", "datoid": 16385, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_9", "datoid": 5, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_90", "datoid": 5, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_91", "datoid": 16384, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_92", "datoid": 16385, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_93", "datoid": 5, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_94", "datoid": 16384, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_95", "datoid": 16385, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_96", "datoid": 5, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_97", "datoid": 16384, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_98", "datoid": 16385, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_99", "datoid": 5, "confirmed_flush_lsn": "0/01400098"}]'

-- Part 1: checks. Nothing is changed before all of them hold.
set search_path = pg_catalog, pg_temp; set plpgsql.check_asserts = on; set client_min_messages = notice;
set default_transaction_isolation = 'read committed'; set slotscope.patience = :'patience'; set statement_timeout = 0;
set slotscope.slots = :'slots';
do $$ declare id bigint := (pg_control_system()).system_identifier; begin
  assert pg_is_in_recovery(), 'refused: expected a standby (in recovery); found: a primary';
  assert current_setting('server_version') ~ '^17', 'refused: expected PostgreSQL 17; found: ' || version();
  assert id = 7710563583691309172, 'refused: expected system identifier 7710563583691309172; found: ' || id;
end $$;
do $$ declare it record; patience int := current_setting('slotscope.patience'); begin
  for i in 0 .. 1000000 loop
    select * into it from (values
      (not exists (select from pg_settings where name = 'output_plugin_libraries'
        and 'test_decoding' <> all (string_to_array(translate(setting, '" ', ''), ','))), 0,
        'output plugin test_decoding is allowed', 'not in output_plugin_libraries'),
      (current_setting('wal_level') = 'logical', 0, 'wal_level is logical', current_setting('wal_level')),
      ((select count(*) from pg_replication_slots where not temporary and slot_name not in
        (select slot_name from json_populate_recordset(null::pg_replication_slots,
        current_setting('slotscope.slots')::json))) + 208 <= current_setting('max_replication_slots')::int, 0,
        'free slots for all 208 (max_replication_slots)', 'too few') union all
    select v.* from json_populate_recordset(null::pg_replication_slots, current_setting('slotscope.slots')::json) slot
      left join pg_replication_slots here using (slot_name), lateral (values
      (here.slot_name is null or here.synced, 0, format('the name %s is free on the standby, or is that of a '
        'synchronized slot', slot.slot_name), format('%s. That slot stops synchronization.', here))
    ) v union all values
      (exists (select from pg_stat_wal_receiver), 7, 'the standby streams',
        'no WAL receiver (see its log). Primary gone? Plan for after the promotion (--resynchronize)'),
      (exists (select from pg_stat_activity where backend_type = 'slotsync worker')
        or not pg_has_role('pg_read_all_stats', 'usage'), 12,
        'slot synchronization runs (a slotsync worker)', 'no slotsync worker, see the log'),
      (pg_last_wal_replay_lsn() >= '0/01759068' and greatest((pg_control_recovery()).min_recovery_end_timeline,
        (select received_tli from pg_stat_wal_receiver)) = 1, patience,
        'WAL replayed to 0/01759068 on timeline 1', concat(pg_last_wal_replay_lsn()))
    ) as checks (holds, seconds, expected, found) where holds is not true limit 1; exit when it is null;
    if i > 5 * it.seconds then raise exception 'refused: expected %; found: %', it.expected, it.found; end if;
    if i % 25 = 24 then raise notice 'waiting: expected %; found: %', it.expected, it.found; end if;
    perform pg_stat_clear_snapshot(), pg_sleep(0.2); end loop;
  if current_setting('is_superuser')::bool and current_setting('dynamic_library_path') = '$libdir' then
    assert exists (select from pg_config() c, pg_ls_dir(c.setting) f where c.name = 'PKGLIBDIR'
      and split_part(f, '.', 1) = 'test_decoding'),
      'refused: expected the library of output plugin test_decoding; found: no such file in $libdir'; end if;
end $$;
\echo 'all checks passed' \if :is_dry_run \echo 'dry run: nothing was changed' \else

-- Part 2: changes.
\echo 'await (L4): wait until synchronization has finished its slot on the standby'
do $$ declare it record; patience int := current_setting('slotscope.patience'); begin
  for i in 0 .. 1000000 loop
    select 2 * patience as seconds, format('slot %s synchronized, not temporary, valid, and at %s at least',
      slot.slot_name, slot.confirmed_flush_lsn) as expected, format('%s. It is NOT safe to fail over to: run the '
      'primary''s scripts, and its consumer.', here) as found into it
    from json_populate_recordset(null::pg_replication_slots, current_setting('slotscope.slots')::json) slot
      left join pg_replication_slots here using (slot_name)
    where (here.synced and not here.temporary and here.invalidation_reason is null
      and here.confirmed_flush_lsn >= slot.confirmed_flush_lsn) is not true limit 1; exit when it is null;
    if i > 5 * it.seconds then raise exception 'refused: expected %; found: %', it.expected, it.found; end if;
    if i % 25 = 24 then raise notice 'waiting: expected %; found: %', it.expected, it.found; end if;
    perform pg_stat_clear_snapshot(), pg_sleep(0.2); end loop;
end $$;
\endif
-- What holds now.
select slot_name, s.database, s.restart_lsn, s.confirmed_flush_lsn,
  case when s.slot_name is null then 'missing'
    when s.synced and not s.temporary and s.invalidation_reason is null
      then 'ready: synchronized'
    else 'NOT SAFE YET: its synchronization is not finished' end as state
from json_to_recordset(:'slots') slot (slot_name name) left join pg_replication_slots s using (slot_name);
