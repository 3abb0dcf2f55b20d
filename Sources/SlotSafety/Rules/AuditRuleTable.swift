import PostgresFormat

extension AuditRule {
  /// Every rule, in the order of its id: the one place that says what an id means.
  package static let all: [AuditRule] = nodes + logicalSlots + afterPromotion + physicalSlots + oneNode

  private static let nodes: [AuditRule] = [
    rule(
      .a01, .error, "Both nodes are of one cluster: their system identifiers are equal.",
      "Give the directory of a standby of this very primary."),
    rule(
      .a02, .error,
      "The timelines chain: one node's history contains the other's timeline, every history file is there, and shared ones agree.",
      "Look at both with \"slotscope timeline\"; a diverged standby must be rewound or rebuilt."),
    rule(
      .a03, .error,
      "The node to be promoted is a standby (standby.signal, or recovery.conf with standby_mode before 12) that has replayed its base backup to the end, and its files do not stop its server's start.",
      "Give the standby's directory; a node that was promoted already is judged after the fact."),
    rule(
      .a04, .error,
      "What the verdict rests on can be read: control file, slot states, end of WAL, histories, the standby's configuration, and both nodes are of one major version with a catalog version that is known.",
      "Make the file readable, or give another copy or an evidence file of it."),
    rule(
      .a05, .error, "The primary's slot is valid; one that the primary has given up cannot be saved by a promotion.",
      "Drop the slot and resynchronise its consumer."),
    rule(
      .a06, .info, "The primary's slot outlives its session; temporary slots never take part in a failover.",
      "Nothing to do; the client makes a new one."),
    rule(
      .a07, from: .v17, .warning,
      "The primary's slot asks to be synchronised (failover = true) where synchronisation is in use.",
      "Set it with ALTER SUBSCRIPTION ... SET (failover = true) while disabled, or ALTER_REPLICATION_SLOT."),
    rule(
      .a08, .error,
      "The standby has a slot of that name, and it is the same one: database, plugin and two_phase agree, no prepared transaction lies between where the two began to decode two phases, and it is not so far back that it may be an earlier one's copy, or that a subscription without a position gets rows again.",
      "Make the copy with \"slotscope plan\"; drop one that differs first."),
    rule(
      .a09, .error,
      "The standby's copy is persistent; a temporary synchronised copy is not ready and vanishes at promotion.",
      "Let the consumer advance and run pg_log_standby_snapshot() on the primary until the copy is no longer temporary."
    ),
    rule(
      .a10, from: .v13, .error, "The standby's copy is valid.",
      "Drop it and make it anew; a synchronised one is made anew by itself."),
    rule(
      .a11, .error, "The copy starts at or before its consumer's position, so that nothing is skipped.",
      "Let the consumer confirm past the copy's start, or give its own position (--subscriber)."),
    rule(
      .a12, .error,
      "All WAL from the copy's restart_lsn to the end is on the standby, on the right timelines, and can be read.",
      "Copy the missing segments from an archive into the standby's WAL folder."),
    rule(
      .a13, .error,
      "The standby has received everything that a consumer may have received. Where fsync is off at a primary that was not stopped cleanly, a warning says that the end of its WAL shows this after a crash of the server, not of the machine.",
      "Let the standby receive the rest of the primary's WAL, then ask again."),
    rule(
      .a14, from: .v17, .warning,
      "synchronized_standby_slots on the primary names this standby's physical slot, so that consumers never run ahead of it; on the standby it names no slot that would keep them waiting after the promotion.",
      "Set synchronized_standby_slots to the standby's physical slot and reload the primary; take slots that the standby lacks out of its own setting."
    ),
    rule(
      .a15, .warning,
      "The standby streams through a physical slot: primary_slot_name is set, and that slot exists and is valid on the primary.",
      "Create the physical slot on the primary and set primary_slot_name on the standby."),
    rule(
      .a16, from: .v10, .warning,
      "The physical slot of the standby holds a catalog_xmin while the standby has logical slots, which keeps catalog rows on the primary.",
      "Wait for the standby's next feedback (wal_receiver_status_interval), with hot_standby_feedback on."),
    rule(
      .a17, .warning,
      "hot_standby_feedback is on at the standby; without it the primary removes catalog rows that its slots need.",
      "Set hot_standby_feedback = on at the standby and reload it."),
    rule(
      .a18, from: .v17, .warning, "primary_conninfo on the standby names a database, which slot synchronisation needs.",
      "Add dbname=... to primary_conninfo and reload the standby."),
    rule(
      .a19, from: .v17, .warning, "sync_replication_slots is on at the standby, so that its copies keep moving.",
      "Set sync_replication_slots = on at the standby and reload it."),
    rule(
      .a20, until: .v18, .error,
      "wal_level is logical in the standby's own configuration; from 16 it does not start with logical slots otherwise, and cannot serve them after promotion.",
      "Set wal_level = logical on the standby and restart it before any logical slot is put there."),
    rule(
      .a21, .error, "The WAL that the primary writes is at the level of logical decoding.",
      "Set wal_level = logical on the primary and restart it."),
    rule(
      .a22, .error, "max_replication_slots on the standby is large enough for its own slots and those it lacks.",
      "Raise max_replication_slots on the standby and restart it."),
    rule(
      .a23, .warning, "max_wal_senders on the standby leaves a connection for each consumer and follower.",
      "Raise max_wal_senders on the standby and restart it."),
    rule(
      .a24, .error,
      "The standby has the library of the slot's plugin, and output_plugin_libraries lists it, where that setting exists (19, and late minor versions of 17 and 18).",
      "Install the plugin on the standby, or add it to output_plugin_libraries there and reload it."),
    rule(
      .a25, from: .v13, .warning, "max_slot_wal_keep_size on the standby leaves room for what its copies hold back.",
      "Raise max_slot_wal_keep_size on the standby, or set it to -1."),
    rule(
      .a26, from: .v18, .warning,
      "idle_replication_slot_timeout on the standby is 0: slots made by hand die of idleness there, and synchronised ones once it is promoted, unless their consumers are back in time.",
      "Set idle_replication_slot_timeout = 0 on the standby."),
    rule(
      .a27, from: .v17, .error,
      "No slot made by hand stands on the standby under the name of a failover slot, where it blocks synchronisation of all slots.",
      "Drop the standby's own slot, or set failover = false on the primary's."),
    rule(
      .a28, .warning, "What the copies hold back on the standby is not out of proportion (below 10 GB).",
      "Advance the copies, or let synchronisation run."),
    rule(
      .a29, from: .v9_6, .warning,
      "No prepared transaction is open: slot creation waits for it, and a two-phase consumer may keep an orphan.",
      "Finish them: COMMIT PREPARED or ROLLBACK PREPARED."),
    rule(
      .a30, .warning,
      "No transaction has been writing for long at the end of the primary's WAL; slot creation on a standby waits for it.",
      "Let the writing transactions end before making slots."),
    rule(
      .a31, .warning,
      "No slot is far behind the end of the primary's WAL (1 GB); one that nobody reads never becomes ready.",
      "Start its consumer and let it catch up, or drop the slot."),
    rule(
      .a32, .warning, "Other followers of the primary use physical slots, which the new primary needs too.",
      "Create them on the standby and advance them before promotion."),
    rule(
      .a33, .error, "No other follower has received more than the node that is promoted.",
      "Promote the standby that has most."),
    rule(
      .a34, from: .v11, .warning,
      "pg_failover_slots is not loaded beside other ways of making slots; it drops and rewrites logical slots on a standby.",
      "Choose one mechanism."),
    rule(
      .a35, .warning,
      "The standby has no logical slot that the primary lacks; leftovers hold back WAL and vacuum, and block synchronisation after a role change.",
      "Drop the slot if nobody reads from the standby."),
    rule(
      .a36, .warning,
      "The standby replays all that it has, without delay: no recovery target is set, recovery_target_timeline lets it follow its WAL, no setting is lower than that WAL demands, recovery_min_apply_delay is 0 and replay is not far behind (1 GB).",
      "Remove recovery targets, set recovery_target_timeline = 'latest' and recovery_min_apply_delay = 0, raise settings to the primary's, resume replay, and let it catch up."
    ),
    rule(
      .a37, .warning, "Slot names are those that a server makes, and their databases exist on both nodes.",
      "Compare with pg_database; a name that no server makes was edited or forged."),
    rule(
      .a38, .info, "No files are left over from a slot being written, made or dropped.",
      "The next start removes them."),
    rule(
      .a39, .info, "A standby that was just built has no slots: a base backup never brings them.",
      "Make the copies with \"slotscope plan\"."),
    rule(
      .a40, .error, "The standby has received all that the primary committed, whether or not a consumer waits for it.",
      "Let the standby receive the rest, or copy the last segments of the primary's pg_wal into its own."),
    rule(
      .a41, .error,
      "What the standby lacks of the primary's WAL is on the primary or in an archive, so that it can still receive it.",
      "Give an archive that has it (--archive), or build the standby anew."),
    rule(
      .a42, from: .v10, .info,
      "A slot by which a subscription copies a table for the first time (pg_SUBID_sync_RELID_SYSID) is no consumer: until the rows are copied its worker begins anew elsewhere, and when the table is ready the slot is left over.",
      "Give the subscriber (--subscriber): its pg_subscription_rel tells how far the copy is."),
    rule(
      .a43, .warning, "Every subscriber that is given tells of a subscription that reads from a slot of this primary.",
      "Give the node that reads from this primary, or its server instead of its files."),
  ]

  private static let logicalSlots: [AuditRule] = [
    rule(
      .l01, from: .v17, .info, "A synchronised, persistent copy, and the standby has all that the consumer can have.",
      "Promote; look at the slot afterwards."),
    rule(
      .l02, from: .v17, .error, "A synchronised copy, but the consumer may be ahead of the standby.",
      "Set synchronized_standby_slots, or stop the primary cleanly and let the standby receive the rest."),
    rule(
      .l03, from: .v17, .warning, "The copy is still temporary; promotion removes it.",
      "Let synchronisation finish before promoting."),
    rule(
      .l04, from: .v17, .warning, "A failover slot without a copy, and everything that synchronisation needs is set.",
      "Wait for the next synchronisation."),
    rule(
      .l05, from: .v17, .warning, "A slot made by hand on the standby has the name of a failover slot.",
      "Drop it on the standby, then let synchronisation make the copy."),
    rule(
      .l06, from: .v17, .warning, "No copy, and the primary's slot does not ask for one (failover = false).",
      "Set failover = true on the slot, or make the copy with \"slotscope plan\"."),
    rule(
      .l07, from: .v16, .info,
      "A copy made by hand that starts at or before its consumer, and the standby has all that the consumer can have.",
      "Promote, or keep advancing the copy until then."),
    rule(
      .l08, from: .v16, .error, "A copy made by hand that starts after its consumer's last known position.",
      "Let the consumer pass the copy's start before promoting."),
    rule(
      .l09, from: .v16, .warning, "No copy on the standby; one can be made there.",
      "Make it with \"slotscope plan\" before promoting."),
    rule(
      .l10, until: .v15, .warning, "No copy on the standby, and this version cannot make one there.",
      "Fence writes, promote, and make the slot on the new primary with \"slotscope plan\"."),
    rule(
      .l11, until: .v15, .error,
      "A slot that was copied as files: nothing tells whether its catalog rows are still there.",
      "Compare the consumer's data after promotion, or make a new slot on the new primary."),
    rule(
      .l12, from: .v13, .warning, "The standby has given its copy up.",
      "Drop it and make it anew; a synchronised one is made anew by itself."),
    rule(
      .l13, .error, "The primary has given the slot up: its consumer has lost its place.",
      "Drop the slot and resynchronise its consumer."),
    rule(
      .l14, from: .v14, .error, "A two-phase slot that must be made anew while prepared transactions are open.",
      "Finish the prepared transactions before promoting."),
    rule(.l15, .info, "A temporary slot: it ends with its session, by design.", "Nothing to do."),
    rule(
      .l16, .error, "The slot's database is not on the standby.",
      "Let the standby replay CREATE DATABASE, or check that it is of this cluster."),
    rule(
      .l17, .warning, "The slot's plugin is not allowed on the standby.",
      "Add the plugin to output_plugin_libraries on the standby."),
    rule(
      .l18, until: .v18, .warning, "wal_level on the standby is below logical.",
      "Set wal_level = logical on the standby and restart it."),
    rule(
      .l19, .error, "The consumer has confirmed a position that the standby never received.",
      "Let the standby receive WAL up to that position; never promote before."),
    rule(
      .l20, from: .v16, .error,
      "Somebody reads from the copy on the standby: it is ahead of what the primary's consumer can have confirmed.",
      "Make another slot for that reader, and the copy anew."),
  ]

  private static let afterPromotion: [AuditRule] = [
    rule(
      .n1, .info, "After promotion: nothing was committed between the consumer's position and the start of its slot.",
      "Point the consumer to the new primary."),
    rule(
      .n2, .error, "After promotion: transactions that the consumer lacks lie before the start of its slot.",
      "Resynchronise its tables; do not enable it before."),
    rule(
      .n3, .error,
      "After promotion: the consumer may be past the fork, with data that the new primary lacks; it would also skip new transactions.",
      "Do not enable it; resynchronise its tables."),
    rule(
      .n4, .error, "After promotion: writes were let in before the consumer's slot was made.",
      "Resynchronise the tables that were written."),
    rule(
      .n5, .info, "After promotion: the slot was carried over, and the consumer is between its start and the fork.",
      "Point the consumer to the new primary."),
  ]

  private static let physicalSlots: [AuditRule] = [
    rule(
      .f1, .warning, "A follower's physical slot that the standby lacks, and the WAL from its position is there.",
      "Create it reserved on the standby and advance it to the primary's position."),
    rule(
      .f2, .warning, "A follower's physical slot needs WAL that the standby no longer has.",
      "Check that the follower has received past the standby's last restartpoint; else rebuild it."),
    rule(.f3, .info, "A physical slot that never held WAL back.", "Create it without reserving WAL, if it is wanted."),
    rule(
      .f4, from: .v13, .warning, "The follower's physical slot was given up by the primary.",
      "Drop and recreate it; the follower needs its WAL from an archive."),
    rule(
      .f5, .error, "A follower has received more than the node that is promoted and cannot follow it.",
      "Promote that follower instead, or rewind it."),
    rule(
      .f6, .warning, "The follower's slot is missing on the new primary: the follower cannot connect.",
      "Create it on the new primary; the follower goes on by itself."),
    rule(
      .f7, .info, "The follower's slot is there, at or below its position; it switches timelines by itself.",
      "Nothing to do."),
  ]

  static func rule(
    _ id: RuleID, from first: ServerVersion = .oldest, until last: ServerVersion? = nil, _ severity: Finding.Severity,
    _ explanation: String, _ remedy: String?
  ) -> AuditRule {
    AuditRule(id: id, first: first, last: last, severity: severity, explanation: explanation, remedy: remedy)
  }
}
