-- slotscope: replication slots for a failover, PostgreSQL 17
-- Runs on:  the standby, before it is promoted, system identifier 7710563583691309172
-- Role:     one with REPLICATION is enough
-- Run it:   psql -X -f THIS_FILE 'host=… dbname=…', first with -v dry_run=1 (checks alone); again at any time
-- Refuses:  with exit status 3 and before any change, on any other server and where a check fails
-- More:     -v patience=SECONDS for each wait, -v step_timeout=5min for each change (a minute)
-- Primary:  -v primary_conninfo='host=…' -v standby_conninfo='host=…': the primary's steps as well, in time
-- The standby's slot synchronization makes the slots. They are safe to fail over to when this script has
-- ended without an error.

\set ON_ERROR_STOP on \set QUIET on \encoding UTF8 \set AUTOCOMMIT on \set ON_ERROR_ROLLBACK off
\set SINGLELINE off \set FETCH_COUNT 0 \set SHOW_CONTEXT never \set ECHO none \pset pager off \pset format aligned
\if :{?dry_run} \else \set dry_run off \endif \set QUIET :dry_run \set is_dry_run :QUIET \set QUIET on
\if :{?step_timeout} \else \set step_timeout 60s \endif \if :{?patience} \else \set patience 60 \endif
\set told_temporary_copies ''

-- The slots, and what each consumer had confirmed at least; database 5 is postgres, 16384 is Ünïcode dé, 16385 is a%b$c
\set slots '[{"slot_name": "cdc_a", "plugin": "test_decoding", "datoid": 5, "two_phase": false, "failover": true, "confirmed_flush_lsn": "0/0174C7E8"}, '
\set slots :slots '{"slot_name": "cdc_b", "plugin": "test_decoding", "datoid": 5, "two_phase": false, "failover": false, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_1", "plugin": "test_decoding", "datoid": 16384, "two_phase": false, "failover": true, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_10", "plugin": "test_decoding", "datoid": 16384, "two_phase": false, "failover": true, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_100", "plugin": "test_decoding", "datoid": 16384, "two_phase": false, "failover": true, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_101", "plugin": "test_decoding", "datoid": 16385, "two_phase": false, "failover": true, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_102", "plugin": "test_decoding", "datoid": 5, "two_phase": false, "failover": true, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_103", "plugin": "test_decoding", "datoid": 16384, "two_phase": false, "failover": true, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_104", "plugin": "test_decoding", "datoid": 16385, "two_phase": false, "failover": true, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_105", "plugin": "test_decoding", "datoid": 5, "two_phase": false, "failover": true, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_106", "plugin": "test_decoding", "datoid": 16384, "two_phase": false, "failover": true, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_107", "plugin": "test_decoding", "datoid": 16385, "two_phase": false, "failover": true, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_108", "plugin": "test_decoding", "datoid": 5, "two_phase": false, "failover": true, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_109", "plugin": "test_decoding", "datoid": 16384, "two_phase": false, "failover": true, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_11", "plugin": "test_decoding", "datoid": 16385, "two_phase": false, "failover": true, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_110", "plugin": "test_decoding", "datoid": 16385, "two_phase": false, "failover": true, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_111", "plugin": "test_decoding", "datoid": 5, "two_phase": false, "failover": true, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_112", "plugin": "test_decoding", "datoid": 16384, "two_phase": false, "failover": true, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_113", "plugin": "test_decoding", "datoid": 16385, "two_phase": false, "failover": true, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_114", "plugin": "test_decoding", "datoid": 5, "two_phase": false, "failover": true, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_115", "plugin": "test_decoding", "datoid": 16384, "two_phase": false, "failover": true, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_116", "plugin": "test_decoding", "datoid": 16385, "two_phase": false, "failover": true, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_117", "plugin": "test_decoding", "datoid": 5, "two_phase": false, "failover": true, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_118", "plugin": "test_decoding", "datoid": 16384, "two_phase": false, "failover": true, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_119", "plugin": "test_decoding", "datoid": 16385, "two_phase": false, "failover": true, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_12", "plugin": "test_decoding", "datoid": 5, "two_phase": false, "failover": true, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_120", "plugin": "test_decoding", "datoid": 5, "two_phase": false, "failover": true, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_121", "plugin": "test_decoding", "datoid": 16384, "two_phase": false, "failover": true, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_122", "plugin": "test_decoding", "datoid": 16385, "two_phase": false, "failover": true, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_123", "plugin": "test_decoding", "datoid": 5, "two_phase": false, "failover": true, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_124", "plugin": "test_decoding", "datoid": 16384, "two_phase": false, "failover": true, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_125", "plugin": "test_decoding", "datoid": 16385, "two_phase": false, "failover": true, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_126", "plugin": "test_decoding", "datoid": 5, "two_phase": false, "failover": true, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_127", "plugin": "test_decoding", "datoid": 16384, "two_phase": false, "failover": true, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_128", "plugin": "test_decoding", "datoid": 16385, "two_phase": false, "failover": true, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_129", "plugin": "test_decoding", "datoid": 5, "two_phase": false, "failover": true, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_13", "plugin": "test_decoding", "datoid": 16384, "two_phase": false, "failover": true, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_130", "plugin": "test_decoding", "datoid": 16384, "two_phase": false, "failover": true, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_131", "plugin": "test_decoding", "datoid": 16385, "two_phase": false, "failover": true, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_132", "plugin": "test_decoding", "datoid": 5, "two_phase": false, "failover": true, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_133", "plugin": "test_decoding", "datoid": 16384, "two_phase": false, "failover": true, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_134", "plugin": "test_decoding", "datoid": 16385, "two_phase": false, "failover": true, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_135", "plugin": "test_decoding", "datoid": 5, "two_phase": false, "failover": true, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_136", "plugin": "test_decoding", "datoid": 16384, "two_phase": false, "failover": true, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_137", "plugin": "test_decoding", "datoid": 16385, "two_phase": false, "failover": true, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_138", "plugin": "test_decoding", "datoid": 5, "two_phase": false, "failover": true, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_139", "plugin": "test_decoding", "datoid": 16384, "two_phase": false, "failover": true, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_14", "plugin": "test_decoding", "datoid": 16385, "two_phase": false, "failover": true, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_140", "plugin": "test_decoding", "datoid": 16385, "two_phase": false, "failover": true, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_141", "plugin": "test_decoding", "datoid": 5, "two_phase": false, "failover": true, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_142", "plugin": "test_decoding", "datoid": 16384, "two_phase": false, "failover": true, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_143", "plugin": "test_decoding", "datoid": 16385, "two_phase": false, "failover": true, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_144", "plugin": "test_decoding", "datoid": 5, "two_phase": false, "failover": true, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_145", "plugin": "test_decoding", "datoid": 16384, "two_phase": false, "failover": true, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_146", "plugin": "test_decoding", "datoid": 16385, "two_phase": false, "failover": true, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_147", "plugin": "test_decoding", "datoid": 5, "two_phase": false, "failover": true, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_148", "plugin": "test_decoding", "datoid": 16384, "two_phase": false, "failover": true, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_149", "plugin": "test_decoding", "datoid": 16385, "two_phase": false, "failover": true, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_15", "plugin": "test_decoding", "datoid": 5, "two_phase": false, "failover": true, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_150", "plugin": "test_decoding", "datoid": 5, "two_phase": false, "failover": true, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_151", "plugin": "test_decoding", "datoid": 16384, "two_phase": false, "failover": true, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_152", "plugin": "test_decoding", "datoid": 16385, "two_phase": false, "failover": true, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_153", "plugin": "test_decoding", "datoid": 5, "two_phase": false, "failover": true, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_154", "plugin": "test_decoding", "datoid": 16384, "two_phase": false, "failover": true, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_155", "plugin": "test_decoding", "datoid": 16385, "two_phase": false, "failover": true, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_156", "plugin": "test_decoding", "datoid": 5, "two_phase": false, "failover": true, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_157", "plugin": "test_decoding", "datoid": 16384, "two_phase": false, "failover": true, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_158", "plugin": "test_decoding", "datoid": 16385, "two_phase": false, "failover": true, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_159", "plugin": "test_decoding", "datoid": 5, "two_phase": false, "failover": true, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_16", "plugin": "test_decoding", "datoid": 16384, "two_phase": false, "failover": true, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_160", "plugin": "test_decoding", "datoid": 16384, "two_phase": false, "failover": true, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_161", "plugin": "test_decoding", "datoid": 16385, "two_phase": false, "failover": true, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_162", "plugin": "test_decoding", "datoid": 5, "two_phase": false, "failover": true, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_163", "plugin": "test_decoding", "datoid": 16384, "two_phase": false, "failover": true, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_164", "plugin": "test_decoding", "datoid": 16385, "two_phase": false, "failover": true, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_165", "plugin": "test_decoding", "datoid": 5, "two_phase": false, "failover": true, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_166", "plugin": "test_decoding", "datoid": 16384, "two_phase": false, "failover": true, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_167", "plugin": "test_decoding", "datoid": 16385, "two_phase": false, "failover": true, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_168", "plugin": "test_decoding", "datoid": 5, "two_phase": false, "failover": true, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_169", "plugin": "test_decoding", "datoid": 16384, "two_phase": false, "failover": true, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_17", "plugin": "test_decoding", "datoid": 16385, "two_phase": false, "failover": true, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_170", "plugin": "test_decoding", "datoid": 16385, "two_phase": false, "failover": true, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_171", "plugin": "test_decoding", "datoid": 5, "two_phase": false, "failover": true, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_172", "plugin": "test_decoding", "datoid": 16384, "two_phase": false, "failover": true, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_173", "plugin": "test_decoding", "datoid": 16385, "two_phase": false, "failover": true, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_174", "plugin": "test_decoding", "datoid": 5, "two_phase": false, "failover": true, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_175", "plugin": "test_decoding", "datoid": 16384, "two_phase": false, "failover": true, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_176", "plugin": "test_decoding", "datoid": 16385, "two_phase": false, "failover": true, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_177", "plugin": "test_decoding", "datoid": 5, "two_phase": false, "failover": true, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_178", "plugin": "test_decoding", "datoid": 16384, "two_phase": false, "failover": true, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_179", "plugin": "test_decoding", "datoid": 16385, "two_phase": false, "failover": true, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_18", "plugin": "test_decoding", "datoid": 5, "two_phase": false, "failover": true, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_180", "plugin": "test_decoding", "datoid": 5, "two_phase": false, "failover": true, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_181", "plugin": "test_decoding", "datoid": 16384, "two_phase": false, "failover": true, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_182", "plugin": "test_decoding", "datoid": 16385, "two_phase": false, "failover": true, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_183", "plugin": "test_decoding", "datoid": 5, "two_phase": false, "failover": true, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_184", "plugin": "test_decoding", "datoid": 16384, "two_phase": false, "failover": true, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_185", "plugin": "test_decoding", "datoid": 16385, "two_phase": false, "failover": true, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_186", "plugin": "test_decoding", "datoid": 5, "two_phase": false, "failover": true, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_187", "plugin": "test_decoding", "datoid": 16384, "two_phase": false, "failover": true, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_188", "plugin": "test_decoding", "datoid": 16385, "two_phase": false, "failover": true, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_189", "plugin": "test_decoding", "datoid": 5, "two_phase": false, "failover": true, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_19", "plugin": "test_decoding", "datoid": 16384, "two_phase": false, "failover": true, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_190", "plugin": "test_decoding", "datoid": 16384, "two_phase": false, "failover": true, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_191", "plugin": "test_decoding", "datoid": 16385, "two_phase": false, "failover": true, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_192", "plugin": "test_decoding", "datoid": 5, "two_phase": false, "failover": true, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_193", "plugin": "test_decoding", "datoid": 16384, "two_phase": false, "failover": true, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_194", "plugin": "test_decoding", "datoid": 16385, "two_phase": false, "failover": true, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_195", "plugin": "test_decoding", "datoid": 5, "two_phase": false, "failover": true, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_196", "plugin": "test_decoding", "datoid": 16384, "two_phase": false, "failover": true, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_197", "plugin": "test_decoding", "datoid": 16385, "two_phase": false, "failover": true, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_198", "plugin": "test_decoding", "datoid": 5, "two_phase": false, "failover": true, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_199", "plugin": "test_decoding", "datoid": 16384, "two_phase": false, "failover": true, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_2", "plugin": "test_decoding", "datoid": 16385, "two_phase": false, "failover": true, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_20", "plugin": "test_decoding", "datoid": 16385, "two_phase": false, "failover": true, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_200", "plugin": "test_decoding", "datoid": 16385, "two_phase": false, "failover": true, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_201", "plugin": "test_decoding", "datoid": 5, "two_phase": false, "failover": true, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_202", "plugin": "test_decoding", "datoid": 16384, "two_phase": false, "failover": true, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_203", "plugin": "test_decoding", "datoid": 16385, "two_phase": false, "failover": true, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_204", "plugin": "test_decoding", "datoid": 5, "two_phase": false, "failover": true, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_205", "plugin": "test_decoding", "datoid": 16384, "two_phase": false, "failover": true, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_206", "plugin": "test_decoding", "datoid": 16385, "two_phase": false, "failover": true, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_21", "plugin": "test_decoding", "datoid": 5, "two_phase": false, "failover": true, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_22", "plugin": "test_decoding", "datoid": 16384, "two_phase": false, "failover": true, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_23", "plugin": "test_decoding", "datoid": 16385, "two_phase": false, "failover": true, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_24", "plugin": "test_decoding", "datoid": 5, "two_phase": false, "failover": true, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_25", "plugin": "test_decoding", "datoid": 16384, "two_phase": false, "failover": true, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_26", "plugin": "test_decoding", "datoid": 16385, "two_phase": false, "failover": true, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_27", "plugin": "test_decoding", "datoid": 5, "two_phase": false, "failover": true, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_28", "plugin": "test_decoding", "datoid": 16384, "two_phase": false, "failover": true, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_29", "plugin": "test_decoding", "datoid": 16385, "two_phase": false, "failover": true, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_3", "plugin": "test_decoding", "datoid": 5, "two_phase": false, "failover": true, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_30", "plugin": "test_decoding", "datoid": 5, "two_phase": false, "failover": true, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_31", "plugin": "test_decoding", "datoid": 16384, "two_phase": false, "failover": true, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_32", "plugin": "test_decoding", "datoid": 16385, "two_phase": false, "failover": true, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_33", "plugin": "test_decoding", "datoid": 5, "two_phase": false, "failover": true, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_34", "plugin": "test_decoding", "datoid": 16384, "two_phase": false, "failover": true, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_35", "plugin": "test_decoding", "datoid": 16385, "two_phase": false, "failover": true, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_36", "plugin": "test_decoding", "datoid": 5, "two_phase": false, "failover": true, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_37", "plugin": "test_decoding", "datoid": 16384, "two_phase": false, "failover": true, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_38", "plugin": "test_decoding", "datoid": 16385, "two_phase": false, "failover": true, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_39", "plugin": "test_decoding", "datoid": 5, "two_phase": false, "failover": true, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_4", "plugin": "test_decoding", "datoid": 16384, "two_phase": false, "failover": true, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_40", "plugin": "test_decoding", "datoid": 16384, "two_phase": false, "failover": true, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_41", "plugin": "test_decoding", "datoid": 16385, "two_phase": false, "failover": true, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_42", "plugin": "test_decoding", "datoid": 5, "two_phase": false, "failover": true, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_43", "plugin": "test_decoding", "datoid": 16384, "two_phase": false, "failover": true, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_44", "plugin": "test_decoding", "datoid": 16385, "two_phase": false, "failover": true, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_45", "plugin": "test_decoding", "datoid": 5, "two_phase": false, "failover": true, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_46", "plugin": "test_decoding", "datoid": 16384, "two_phase": false, "failover": true, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_47", "plugin": "test_decoding", "datoid": 16385, "two_phase": false, "failover": true, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_48", "plugin": "test_decoding", "datoid": 5, "two_phase": false, "failover": true, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_49", "plugin": "test_decoding", "datoid": 16384, "two_phase": false, "failover": true, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_5", "plugin": "test_decoding", "datoid": 16385, "two_phase": false, "failover": true, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_50", "plugin": "test_decoding", "datoid": 16385, "two_phase": false, "failover": true, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_51", "plugin": "test_decoding", "datoid": 5, "two_phase": false, "failover": true, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_52", "plugin": "test_decoding", "datoid": 16384, "two_phase": false, "failover": true, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_53", "plugin": "test_decoding", "datoid": 16385, "two_phase": false, "failover": true, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_54", "plugin": "test_decoding", "datoid": 5, "two_phase": false, "failover": true, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_55", "plugin": "test_decoding", "datoid": 16384, "two_phase": false, "failover": true, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_56", "plugin": "test_decoding", "datoid": 16385, "two_phase": false, "failover": true, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_57", "plugin": "test_decoding", "datoid": 5, "two_phase": false, "failover": true, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_58", "plugin": "test_decoding", "datoid": 16384, "two_phase": false, "failover": true, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_59", "plugin": "test_decoding", "datoid": 16385, "two_phase": false, "failover": true, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_6", "plugin": "test_decoding", "datoid": 5, "two_phase": false, "failover": true, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_60", "plugin": "test_decoding", "datoid": 5, "two_phase": false, "failover": true, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_61", "plugin": "test_decoding", "datoid": 16384, "two_phase": false, "failover": true, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_62", "plugin": "test_decoding", "datoid": 16385, "two_phase": false, "failover": true, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_63", "plugin": "test_decoding", "datoid": 5, "two_phase": false, "failover": true, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_64", "plugin": "test_decoding", "datoid": 16384, "two_phase": false, "failover": true, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_65", "plugin": "test_decoding", "datoid": 16385, "two_phase": false, "failover": true, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_66", "plugin": "test_decoding", "datoid": 5, "two_phase": false, "failover": true, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_67", "plugin": "test_decoding", "datoid": 16384, "two_phase": false, "failover": true, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_68", "plugin": "test_decoding", "datoid": 16385, "two_phase": false, "failover": true, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_69", "plugin": "test_decoding", "datoid": 5, "two_phase": false, "failover": true, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_7", "plugin": "test_decoding", "datoid": 16384, "two_phase": false, "failover": true, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_70", "plugin": "test_decoding", "datoid": 16384, "two_phase": false, "failover": true, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_71", "plugin": "test_decoding", "datoid": 16385, "two_phase": false, "failover": true, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_72", "plugin": "test_decoding", "datoid": 5, "two_phase": false, "failover": true, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_73", "plugin": "test_decoding", "datoid": 16384, "two_phase": false, "failover": true, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_74", "plugin": "test_decoding", "datoid": 16385, "two_phase": false, "failover": true, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_75", "plugin": "test_decoding", "datoid": 5, "two_phase": false, "failover": true, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_76", "plugin": "test_decoding", "datoid": 16384, "two_phase": false, "failover": true, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_77", "plugin": "test_decoding", "datoid": 16385, "two_phase": false, "failover": true, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_78", "plugin": "test_decoding", "datoid": 5, "two_phase": false, "failover": true, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_79", "plugin": "test_decoding", "datoid": 16384, "two_phase": false, "failover": true, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_8", "plugin": "test_decoding", "datoid": 16385, "two_phase": false, "failover": true, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_80", "plugin": "test_decoding", "datoid": 16385, "two_phase": false, "failover": true, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_81", "plugin": "test_decoding", "datoid": 5, "two_phase": false, "failover": true, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_82", "plugin": "test_decoding", "datoid": 16384, "two_phase": false, "failover": true, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_83", "plugin": "test_decoding", "datoid": 16385, "two_phase": false, "failover": true, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_84", "plugin": "test_decoding", "datoid": 5, "two_phase": false, "failover": true, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_85", "plugin": "test_decoding", "datoid": 16384, "two_phase": false, "failover": true, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_86", "plugin": "test_decoding", "datoid": 16385, "two_phase": false, "failover": true, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_87", "plugin": "test_decoding", "datoid": 5, "two_phase": false, "failover": true, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_88", "plugin": "test_decoding", "datoid": 16384, "two_phase": false, "failover": true, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_89", "plugin": "test_decoding", "datoid": 16385, "two_phase": false, "failover": true, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_9", "plugin": "test_decoding", "datoid": 5, "two_phase": false, "failover": true, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_90", "plugin": "test_decoding", "datoid": 5, "two_phase": false, "failover": true, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_91", "plugin": "test_decoding", "datoid": 16384, "two_phase": false, "failover": true, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_92", "plugin": "test_decoding", "datoid": 16385, "two_phase": false, "failover": true, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_93", "plugin": "test_decoding", "datoid": 5, "two_phase": false, "failover": true, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_94", "plugin": "test_decoding", "datoid": 16384, "two_phase": false, "failover": true, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_95", "plugin": "test_decoding", "datoid": 16385, "two_phase": false, "failover": true, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_96", "plugin": "test_decoding", "datoid": 5, "two_phase": false, "failover": true, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_97", "plugin": "test_decoding", "datoid": 16384, "two_phase": false, "failover": true, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_98", "plugin": "test_decoding", "datoid": 16385, "two_phase": false, "failover": true, "confirmed_flush_lsn": "0/01400098"}, '
\set slots :slots '{"slot_name": "tenant_99", "plugin": "test_decoding", "datoid": 5, "two_phase": false, "failover": true, "confirmed_flush_lsn": "0/01400098"}]'
-- What every session is set to; each change has a time limit of its own.
\set session '{"search_path": "pg_catalog, pg_temp", "plpgsql.check_asserts": "on", "statement_timeout": "0", '
\set session :session '"default_transaction_isolation": "read committed", "client_min_messages": "notice", '
\set session :session '"slotscope.with_primary": "' :{?primary_conninfo} '", ' '"slotscope.slots": ' :slots ', '
\set session :session '"slotscope.patience": "' :patience '"}' \set wait_timeout :patience s

-- Part 1: checks. Nothing is changed before all of them hold.
\if :{?primary_conninfo} \connect -reuse-previous=on :"standby_conninfo" \encoding UTF8 \endif
set search_path = pg_catalog; select count(set_config(key, value, false)) from json_each_text(:'session') \gset ignored_
set slotscope.temporary_copies = :'told_temporary_copies';
do $$ declare slot record; here pg_replication_slots; bad record; i int := 0;
  patience int := current_setting('slotscope.patience'); begin
  assert pg_is_in_recovery() and current_setting('server_version_num') like '17%' and (pg_control_system()).system_identifier
    = 7710563583691309172, format('refused: expected a standby (in recovery), PostgreSQL 17, system identifier '
    '7710563583691309172; found: in recovery %s, PostgreSQL %s, system identifier %s', pg_is_in_recovery(),
    current_setting('server_version'), (pg_control_system()).system_identifier);
  loop
    select * into bad from (values
      (current_setting('wal_level') = 'logical', 0, 'wal_level is logical', concat(current_setting('wal_level'))),
      ((select count(*) from pg_replication_slots where slot_name not in (select slot_name from
        json_populate_recordset(null::pg_replication_slots, current_setting('slotscope.slots')::json))) + 208 <=
        current_setting('max_replication_slots')::int, 0,
        'free replication slots for all 208 that are to be there (max_replication_slots)', format('%s of %s in use', (select
          count(*) from pg_replication_slots), current_setting('max_replication_slots'))),
      (exists (select from pg_stat_wal_receiver) or current_setting('slotscope.with_primary', true)::bool, 7,
        'the standby streams from its primary (a WAL receiver runs)', 'no WAL receiver, see the log. If the primary is down '
          'for good, plan again, for after the promotion (--subscriber, --resynchronize)'),
      (exists (select from pg_stat_activity where backend_type = 'slotsync worker') or not pg_has_role('pg_read_all_stats',
        'usage'), 12, 'slot synchronization runs (a slotsync worker)', 'no slotsync worker, see the log'),
      (pg_last_wal_replay_lsn() >= '0/01759068' and greatest((pg_control_recovery()).min_recovery_end_timeline, (select
        received_tli from pg_stat_wal_receiver)) = 1, patience,
        'WAL replayed to 0/01759068 on timeline 1', concat(pg_last_wal_replay_lsn()))
    ) as checks (holds, seconds, expected, actual) where holds is not true limit 1;
    exit when bad is null;
    if i >= 5 * bad.seconds then raise exception 'refused: expected %; found: %', bad.expected, bad.actual;
    elsif i % 25 = 24 then raise notice 'waiting: expected %; found: %', bad.expected, bad.actual; end if;
    i := i + 1; perform pg_stat_clear_snapshot(), pg_sleep(0.2);
  end loop;
  for slot in select * from json_populate_recordset(null::pg_replication_slots, current_setting('slotscope.slots')::json) loop
    select * into here from pg_replication_slots where slot_name = slot.slot_name;
    assert here.slot_name is null or here.synced, format('refused: expected the name %s is free on the standby, or is that of '
      'a synchronized slot; found: %s. That slot stops synchronization.', slot.slot_name, here);
    assert not exists (select from pg_settings where name = 'output_plugin_libraries' and slot.plugin <> all
      (string_to_array(translate(setting, '" ', ''), ','))), format('refused: expected output plugin %s is allowed '
      '(output_plugin_libraries); found: %s', slot.plugin, current_setting('output_plugin_libraries'));
    if (select rolsuper from pg_roles where rolname = current_user) then
      assert current_setting('dynamic_library_path') <> '$libdir' or exists (select from pg_config() c, pg_ls_dir(c.setting)
        f where c.name = 'PKGLIBDIR' and split_part(f, '.', 1) = slot.plugin),
        format('refused: expected the library of output plugin %s (which only a superuser can look for); found: %s',
          slot.plugin, (select 'no such file in ' || setting from pg_config() where name = 'PKGLIBDIR'));
    end if;
  end loop;
end $$;
select (select coalesce(string_agg(slot_name::text, ' '), '') from pg_replication_slots where synced and temporary and
  slot_name in (select slot_name from json_populate_recordset(null::pg_replication_slots,
  current_setting('slotscope.slots')::json) where failover)) as temporary_copies \gset told_
\if :{?primary_conninfo} \connect -reuse-previous=on :"primary_conninfo" \encoding UTF8
set search_path = pg_catalog; select count(set_config(key, value, false)) from json_each_text(:'session') \gset ignored_
set slotscope.temporary_copies = :'told_temporary_copies';
do $$ declare bad record; i int := 0; patience int := current_setting('slotscope.patience'); begin
  assert not pg_is_in_recovery() and current_setting('server_version_num') like '17%' and
    (pg_control_system()).system_identifier = 7710563583691309172, format('refused: expected a primary (not in recovery), '
    'PostgreSQL 17, system identifier 7710563583691309172; found: in recovery %s, PostgreSQL %s, system identifier %s',
    pg_is_in_recovery(), current_setting('server_version'), (pg_control_system()).system_identifier);
  loop
    select * into bad from (values
      (left(pg_walfile_name(pg_current_wal_flush_lsn()), 8) = '00000001', 0,
        'timeline 1', concat(left(pg_walfile_name(pg_current_wal_flush_lsn()), 8))),
      (not exists (select from pg_replication_slots where slot_name = any
        (string_to_array(current_setting('slotscope.temporary_copies', true), ' ')) and (active or inactive_since > now() -
        interval '1 min') is not true), 0, 'every slot that is temporary on the standby has a consumer that reads from it',
        format('%s. No waiting helps: start the consumer, or plan without the slot (--slots) or for after the promotion.',
        (select string_agg(slot_name || ' since ' || inactive_since, ', ') from pg_replication_slots where slot_name = any
        (string_to_array(current_setting('slotscope.temporary_copies', true), ' ')) and (active or inactive_since > now() -
        interval '1 min') is not true)))
      union all select v.* from (select * from json_populate_recordset(null::pg_replication_slots,
        current_setting('slotscope.slots')::json) where not failover) slot
      left join pg_replication_slots here using (slot_name), lateral (values
        ((here.plugin, here.datoid) = (slot.plugin, slot.datoid) and here.invalidation_reason is null, 0, format('the '
          'primary''s slot %s as in its files: logical, plugin %s, valid', slot.slot_name, slot.plugin), concat(here)),
        (here.failover or not here.active, 20,
          format('nobody reads from %s: the change would wait without a limit', slot.slot_name), format('%s. Stop it until '
            'this script has run; for a subscription, plan with --subscriber.', 'process ' || here.active_pid))
      ) v
    ) as checks (holds, seconds, expected, actual) where holds is not true limit 1;
    exit when bad is null;
    if i >= 5 * bad.seconds then raise exception 'refused: expected %; found: %', bad.expected, bad.actual;
    elsif i % 25 = 24 then raise notice 'waiting: expected %; found: %', bad.expected, bad.actual; end if;
    i := i + 1; perform pg_stat_clear_snapshot(), pg_sleep(0.2);
  end loop;
  if (not exists (select from pg_replication_slots where failover and not active)) is not true then
    raise warning '%', format('expected a consumer that reads from each failover slot now; found: %s', (select 'nobody from '
      || string_agg(slot_name, ', ') from pg_replication_slots where failover and not active)); end if;
end $$;
\connect -reuse-previous=on :"standby_conninfo" \encoding UTF8
\endif
\echo 'all checks passed'
\if :is_dry_run \echo 'dry run: nothing was changed' \else

-- Part 2: changes.
\if :{?primary_conninfo} \connect -reuse-previous=on :"primary_conninfo" \encoding UTF8
\connect -reuse-previous=on replication=database \encoding UTF8
set search_path = pg_catalog; select count(set_config(key, value, false)) from json_each_text(:'session') \gset ignored_
set slotscope.temporary_copies = :'told_temporary_copies';
\echo 'failover (A07): make it a failover slot'
do $$ declare slot record; here pg_replication_slots; begin
  assert (pg_control_system()).system_identifier = 7710563583691309172 and not pg_is_in_recovery(),
    'refused: this is not the server that was checked above';
  for slot in select *
    from json_populate_recordset(null::pg_replication_slots, current_setting('slotscope.slots')::json) where not failover loop
    for i in 1 .. 100 loop select * into here from pg_replication_slots where slot_name = slot.slot_name; exit when
      here.failover or not here.active; perform pg_stat_clear_snapshot(), pg_sleep(0.2); end loop;
    assert here.failover or not here.active, format('refused: expected nobody reads from %s: the change would wait without a '
      'limit; found: %s', slot.slot_name, 'process ' || here.active_pid);
  end loop;
end $$;
select ((select failover from pg_replication_slots where slot_name = 'cdc_b')) is true as done \gset answer_
\if :answer_done \echo 'done before:' 'cdc_b' \else \echo 'cdc_b' \\ ALTER_REPLICATION_SLOT cdc_b (FAILOVER true); \endif
do $$ declare slot record; here pg_replication_slots; begin
  for slot in select *
    from json_populate_recordset(null::pg_replication_slots, current_setting('slotscope.slots')::json) where not failover loop
    select * into here from pg_replication_slots where slot_name = slot.slot_name;
    assert here.failover, format('refused: expected slot %s is a failover slot; found: %s', slot.slot_name, here);
  end loop;
end $$;
\echo 'pass (L3): log the running transactions until every consumer has passed this moment'
set statement_timeout = :'step_timeout';
do $$ begin
  perform set_config('slotscope.mark', pg_current_wal_flush_lsn()::text, false);
  for i in 1 .. 20 loop
    exit when not exists (select from pg_replication_slots where failover and restart_lsn <
      current_setting('slotscope.mark')::pg_lsn);
    begin perform pg_log_standby_snapshot(); exception when others then null; end;
    begin perform pg_logical_emit_message(false, 'slotscope', 'wake'); exception when others then null; end;
    perform pg_sleep(1);
  end loop;
end $$;
\connect -reuse-previous=on replication=false \encoding UTF8
\connect -reuse-previous=on :"standby_conninfo" \encoding UTF8
\endif
set search_path = pg_catalog; select count(set_config(key, value, false)) from json_each_text(:'session') \gset ignored_
set slotscope.temporary_copies = :'told_temporary_copies';
\echo 'await (L4): wait until synchronization has finished its slot on the standby'
do $$ declare bad record; i int := 0; patience int := current_setting('slotscope.patience'); begin
  assert (pg_control_system()).system_identifier = 7710563583691309172 and pg_is_in_recovery(),
    'refused: this is not the server that was checked above';
  loop
    select * into bad from (
      select v.* from json_populate_recordset(null::pg_replication_slots, current_setting('slotscope.slots')::json) slot
      left join pg_replication_slots here using (slot_name), lateral (values
        (here.synced and not here.temporary and here.invalidation_reason is null and here.confirmed_flush_lsn >=
          slot.confirmed_flush_lsn, 2 * patience,
          format('slot %s synchronized, not temporary, valid, and at %s at least', slot.slot_name, slot.confirmed_flush_lsn),
            format('%s. It is NOT safe to fail over to: run the primary''s scripts, and its consumer.', here))
      ) v
    ) as checks (holds, seconds, expected, actual) where holds is not true limit 1;
    exit when bad is null;
    if i >= 5 * bad.seconds then raise exception 'refused: expected %; found: %', bad.expected, bad.actual;
    elsif i % 25 = 24 then raise notice 'waiting: expected %; found: %', bad.expected, bad.actual; end if;
    i := i + 1; perform pg_stat_clear_snapshot(), pg_sleep(0.2);
  end loop;
end $$;
\endif

-- What holds now.
select slot_name, s.database, s.restart_lsn, s.confirmed_flush_lsn, case when s.slot_name is null then 'missing'
    when s.synced and not s.temporary and s.invalidation_reason is null then 'ready: synchronized'
    else 'NOT SAFE YET: its synchronization is not finished' end as state
from json_to_recordset(:'slots') as slot (slot_name name) left join pg_replication_slots s using (slot_name) order by 1;
