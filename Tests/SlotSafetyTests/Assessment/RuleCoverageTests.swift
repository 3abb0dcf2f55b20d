import Evidence
@testable import PostgresFormat
import SlotSafety
import Testing

/// For every rule a case where it speaks, and one beside it where it is silent.
@Suite struct RuleCoverageTests {
  struct RuleCase: Sendable, CustomStringConvertible {
    var id: RuleID
    var version: ServerVersion
    var speaks: @Sendable (inout SamplePair) -> Void
    var silent: @Sendable (inout SamplePair) -> Void
    var description: String { id.rawValue }

    init(
      _ id: RuleID, _ version: ServerVersion = .v17, _ speaks: @escaping @Sendable (inout SamplePair) -> Void,
      silent: @escaping @Sendable (inout SamplePair) -> Void = { _ in }
    ) {
      (self.id, self.version, self.speaks, self.silent) = (id, version, speaks, silent)
    }
  }

  @Test func everyRuleHasACase() {
    let covered = Set(Self.cases.map(\.id))
    // The others of a family have the tests of their own files.
    #expect(RuleID.allCases.filter { $0.isOfAudit && $0.family == $0.rawValue && !covered.contains($0) } == [])
  }

  @Test(arguments: cases)
  func itSpeaks(_ one: RuleCase) {
    var pair = SamplePair(one.version)
    one.speaks(&pair)
    #expect(pair.assess().findings.flatMap(\.ids).contains(one.id.rawValue))
  }

  @Test(arguments: cases)
  func itIsSilentBesides(_ one: RuleCase) {
    var pair = SamplePair(one.version)
    one.silent(&pair)
    #expect(!pair.assess().findings.flatMap(\.ids).contains(one.id.rawValue))
  }

  static let further = LSN(0x100_2000)

  /// The primary crashed, with a commit that the standby lacks, and nothing held the consumer back.
  @Sendable static func ahead(_ pair: inout SamplePair) {
    pair.primary.control?.value.state = .inProduction
    pair.primary.setEnd(further)
    pair.commit(at: LSN(0x100_1800))
    pair.primary.set("synchronized_standby_slots", "")
  }

  @Sendable static func noCopy(_ pair: inout SamplePair) { pair.standby.slots = [] }

  @Sendable static func running(_ pair: inout SamplePair) {
    pair.primary.startFiles.postmasterPIDPresent = true
    pair.primary.startFiles.postmasterAlive = true
  }

  @Sendable static func follower(_ pair: inout SamplePair) {
    pair.primary.slots.append(SamplePair.evidence(SlotState(name: "f1", restartLSN: SamplePair.confirmed)))
  }

  @Sendable static func prepared(_ pair: inout SamplePair) {
    pair.primary.preparedTransactions = [
      Located(
        PreparedTransaction(
          xid: TransactionID(770), database: SamplePair.database, preparedAt: Timestamp(unixSeconds: 0), owner: OID(10),
          gid: "g1", subtransactionCount: 0, originLSN: nil), path: "pg_twophase/00000302")
    ]
  }

  static let cases: [RuleCase] = [
    RuleCase(.a01) { $0.standby.control?.value.systemIdentifier = 8 },
    RuleCase(.a02) { $0.standby.promote(at: SamplePair.confirmed, signal: true) },
    RuleCase(.a03) { $0.standby.startFiles.standbySignal = false },
    RuleCase(.a04) { $0.standby.slots[0].state = nil },
    RuleCase(.a05) { $0.primary.changeSlot("orders") { $0.invalidation = .walRemoved } },
    RuleCase(.a06) { $0.primary.changeSlot("orders") { $0.persistency = .temporary } },
    RuleCase(.a07) { $0.primary.changeSlot("orders") { $0.failover = false } },
    RuleCase(.a08) { $0.standby.changeSlot("orders") { $0.plugin = "test_decoding" } },
    RuleCase(.a09) { $0.standby.changeSlot("orders") { $0.persistency = .temporary } },
    RuleCase(.a10) { $0.standby.changeSlot("orders") { $0.invalidation = .rowsRemoved } },
    RuleCase(
      .a11, .v16,
      {
        $0.standby.changeSlot("orders") { $0.confirmedFlush = LSN(0x100_0A00) }
        $0.commit(at: LSN(0x100_0900))
      }, silent: { $0.standby.changeSlot("orders") { $0.confirmedFlush = LSN(0x100_0A00) } }),
    RuleCase(.a12) { $0.standby.changeSlot("orders") { $0.restartLSN = LSN(0x0F0_0100) } },
    RuleCase(.a13, .v17, ahead),
    RuleCase(.a14) { $0.primary.set("synchronized_standby_slots", "s2") },
    RuleCase(.a15) { $0.standby.set("primary_slot_name", "") },
    RuleCase(
      .a16, .v17,
      {
        running(&$0)
        $0.primary.changeSlot("s1") { $0.catalogXmin = .none }
      }, silent: { $0.primary.changeSlot("s1") { $0.catalogXmin = .none } }),
    RuleCase(.a17) { $0.standby.set("hot_standby_feedback", "off") },
    RuleCase(.a18) { $0.standby.set("primary_conninfo", "host=p") },
    RuleCase(.a19) { $0.standby.set("sync_replication_slots", "off") },
    RuleCase(.a20) { $0.standby.set("wal_level", "replica") },
    RuleCase(.a20, .v18, { $0.standby.set("wal_level", "replica") }),
    RuleCase(.a21) { $0.primary.control?.value.walLevel = 1 },
    RuleCase(.a22) { $0.standby.set("max_replication_slots", "0") },
    RuleCase(.a23) { $0.standby.set("max_wal_senders", "0") },
    RuleCase(
      .a24, .v19,
      {
        $0.primary.changeSlot("orders") { $0.plugin = "wal2json" }
        $0.standby.changeSlot("orders") { $0.plugin = "wal2json" }
      },
      silent: {
        $0.primary.changeSlot("orders") { $0.plugin = "wal2json" }
        $0.standby.changeSlot("orders") { $0.plugin = "wal2json" }
        $0.standby.set("output_plugin_libraries", "pgoutput, wal2json")
      }),
    RuleCase(
      .a25, .v17, { $0.standby.set("max_slot_wal_keep_size", "1MB") },
      silent: { $0.standby.set("max_slot_wal_keep_size", "1GB") }),
    RuleCase(
      .a26, .v18,
      {
        $0.standby.set("idle_replication_slot_timeout", "60")
        $0.standby.changeSlot("orders") { $0.synced = false }
      }, silent: { $0.standby.changeSlot("orders") { $0.synced = false } }),
    RuleCase(
      .a26, .v18, { $0.standby.set("idle_replication_slot_timeout", "1h") },
      silent: { $0.standby.set("idle_replication_slot_timeout", "0") }),
    RuleCase(.a27) { $0.standby.changeSlot("orders") { $0.synced = false } },
    RuleCase(.a28) {
      $0.standby.changeSlot("orders") { $0.restartLSN = LSN(0x100) }; $0.moveEnd(by: 20 << 30)
    },
    RuleCase(.a29, .v17, prepared),
    RuleCase(
      .a30, .v17,
      {
        running(&$0)
        $0.moveEnd(by: 64 << 20)
        $0.primary.stretches[0].activity.openTransactions = [
          OpenTransaction(xid: TransactionID(771), first: SamplePair.confirmed, bytes: 100)
        ]
      },
      silent: {
        running(&$0)
        $0.primary.stretches[0].activity.openTransactions = [
          OpenTransaction(xid: TransactionID(771), first: SamplePair.confirmed, bytes: 100)
        ]
      }),
    RuleCase(.a31) { $0.moveEnd(by: 2 << 30) },
    RuleCase(.a32, .v17, follower),
    RuleCase(
      .a33, .v17,
      {
        var other = $0.standby
        other.origin.source = "/other"
        other.setEnd(further)
        $0.others = [other]
      },
      silent: {
        var other = $0.standby
        other.origin.source = "/other"
        $0.others = [other]
      }),
    RuleCase(
      .a34, .v17, { $0.standby.set("shared_preload_libraries", "pg_failover_slots") },
      silent: { $0.standby.set("shared_preload_libraries", "pg_stat_statements") }),
    RuleCase(.a35) { $0.standby.slots.append(SamplePair.evidence(SamplePair.slot("old", synced: false))) },
    RuleCase(.a36) { $0.standby.set("recovery_min_apply_delay", "1h") },
    RuleCase(.a37) { $0.primary.databases = [DatabaseRow(oid: OID(6), name: "other")] },
    RuleCase(.a38) {
      $0.standby.slotLeftovers = [SlotLeftover(path: "pg_replslot/x.tmp", kind: .temporaryFolder)]
    },
    RuleCase(.a39, .v17, noCopy),
    RuleCase(.a40) {
      ahead(&$0)
      $0.primary.slots.removeAll { $0.state?.isLogical == true }
      $0.standby.slots = []
    },
    RuleCase(.a41, .v17, CatchUpTests.cutOff, silent: CatchUpTests.behind),
    RuleCase(.a42) { $0.primary.slots.append(SamplePair.evidence(SamplePair.slot("pg_16396_sync_16391_7"))) },
    RuleCase(
      .a43, .v17,
      {
        var subscriber = SamplePair.subscriber(at: SamplePair.confirmed)
        subscriber.subscriptions = []
        $0.subscribers = [subscriber]
      }, silent: { $0.subscribers = [SamplePair.subscriber(at: SamplePair.confirmed)] }),
    RuleCase(.a44) { $0.pages = PagesOfHistoryTests.check(foreign: 1) },

    RuleCase(.l01, .v17, { _ in }, silent: ahead),
    RuleCase(.l02, .v17, ahead),
    RuleCase(.l03, .v17, { $0.standby.changeSlot("orders") { $0.persistency = .temporary } }),
    RuleCase(
      .l04, .v17, noCopy,
      silent: {
        $0.standby.set("hot_standby_feedback", "off"); noCopy(&$0)
      }),
    RuleCase(.l05, .v17, { $0.standby.changeSlot("orders") { $0.synced = false } }),
    RuleCase(
      .l06, .v17,
      {
        $0.primary.changeSlot("orders") { $0.failover = false }; noCopy(&$0)
      }, silent: noCopy),
    RuleCase(.l07, .v16, { _ in }, silent: noCopy),
    RuleCase(.l08, .v16, { $0.standby.changeSlot("orders") { $0.confirmedFlush = LSN(0x100_0A00) } }),
    RuleCase(.l09, .v16, noCopy),
    RuleCase(.l10, .v15, noCopy),
    RuleCase(.l11, .v15, { _ in }, silent: noCopy),
    RuleCase(.l12, .v17, { $0.standby.changeSlot("orders") { $0.invalidation = .rowsRemoved } }),
    RuleCase(
      .l13, .v17,
      {
        $0.primary.changeSlot("orders") { $0.invalidation = .walRemoved }
        noCopy(&$0)
      }, silent: { $0.primary.changeSlot("orders") { $0.invalidation = .walRemoved } }),
    RuleCase(
      .l14, .v17,
      {
        prepared(&$0)
        $0.primary.changeSlot("orders") { $0.twoPhase = true }
        noCopy(&$0)
      },
      silent: {
        prepared(&$0); noCopy(&$0)
      }),
    RuleCase(.l15, .v17, { $0.primary.changeSlot("orders") { $0.persistency = .temporary } }),
    RuleCase(
      .l16, .v17, { $0.standby.databases = [DatabaseRow(oid: OID(6), name: "other")] },
      silent: { $0.standby.databases = [] }),
    RuleCase(
      .l17, .v17,
      {
        $0.primary.changeSlot("orders") { $0.plugin = "wal2json" }
        $0.standby.changeSlot("orders") { $0.plugin = "wal2json" }
      }),
    RuleCase(.l18, .v17, { $0.standby.set("wal_level", "replica") }),
    RuleCase(.l18, .v16, { $0.standby.set("wal_level", "replica") }),
    RuleCase(
      .l19, .v17,
      {
        ahead(&$0)
        $0.primary.changeSlot("orders") { $0.confirmedFlush = LSN(0x100_1900) }
      }, silent: ahead),
    RuleCase(
      .l20, .v17,
      {
        $0.primary.changeSlot("orders") { $0.failover = false }
        $0.standby.changeSlot("orders") { ($0.synced, $0.confirmedFlush) = (false, LSN(0x100_0A00)) }
        $0.commit(at: LSN(0x100_0900))
      },
      silent: {
        $0.primary.changeSlot("orders") { $0.failover = false }
        $0.standby.changeSlot("orders") { ($0.synced, $0.confirmedFlush) = (false, LSN(0x100_0A00)) }
      }),

    // After the promotion.
    RuleCase(
      .n1, .v17,
      {
        $0.standby.promote(at: SamplePair.end); noCopy(&$0)
      }, silent: noCopy),
    RuleCase(
      .n2, .v17,
      {
        $0.standby.promote(at: SamplePair.end)
        noCopy(&$0)
        $0.commit(at: LSN(0x100_0900))
      },
      silent: {
        $0.standby.promote(at: SamplePair.end); noCopy(&$0)
      }),
    RuleCase(
      .n3, .v17,
      {
        ahead(&$0)
        $0.standby.promote(at: SamplePair.end)
      }, silent: { $0.standby.promote(at: SamplePair.end) }),
    RuleCase(
      .n4, .v17,
      {
        $0.standby.promote(at: SamplePair.end)
        $0.standby.setEnd(further, timeline: 2)
        $0.standby.commit(at: LSN(0x100_1400))
        noCopy(&$0)
      },
      silent: {
        $0.standby.promote(at: SamplePair.end)
        $0.standby.setEnd(further, timeline: 2)
        noCopy(&$0)
      }),
    RuleCase(
      .n5, .v17, { $0.standby.promote(at: SamplePair.end) },
      silent: {
        $0.standby.promote(at: SamplePair.end); noCopy(&$0)
      }),

    // Physical slots.
    RuleCase(.f1, .v17, follower),
    RuleCase(
      .f2, .v17, { $0.primary.slots.append(SamplePair.evidence(SlotState(name: "f1", restartLSN: LSN(0x10_0000)))) },
      silent: follower),
    RuleCase(.f3, .v17, { $0.primary.slots.append(SamplePair.evidence(SlotState(name: "f1"))) }, silent: follower),
    RuleCase(
      .f4, .v17,
      {
        follower(&$0)
        $0.primary.changeSlot("f1") { ($0.restartLSN, $0.invalidation) = (.none, .walRemoved) }
      }, silent: follower),
    RuleCase(
      .f5, .v17,
      {
        follower(&$0)
        var other = $0.standby
        other.origin.source = "/other"
        other.set("primary_slot_name", "f1")
        other.setEnd(further)
        $0.others = [other]
      },
      silent: {
        follower(&$0)
        var other = $0.standby
        other.origin.source = "/other"
        other.set("primary_slot_name", "f1")
        $0.others = [other]
      }),
    RuleCase(
      .f6, .v17,
      {
        follower(&$0); $0.standby.promote(at: SamplePair.end)
      }, silent: follower),
    RuleCase(
      .f7, .v17,
      {
        follower(&$0)
        $0.standby.slots.append(SamplePair.evidence(SlotState(name: "f1", restartLSN: SamplePair.restart)))
      }, silent: follower),
  ]
}
