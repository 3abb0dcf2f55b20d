package import PostgresFormat

/// One rule, of an audit or of one node, as the operator meets it: its id in findings, and what `slotscope rules` says of it.
package struct AuditRule: Sendable, Hashable {
  /// What findings are named by.
  package var id: RuleID
  /// The first version that it concerns.
  package var first: ServerVersion
  /// The last one; nil where newer versions are concerned too.
  package var last: ServerVersion?
  /// How much it usually matters; a finding may say more or less.
  package var severity: Finding.Severity
  /// What it asks, in one sentence.
  package var explanation: String
  /// What to do where it speaks; nil: nothing, or what the finding says.
  package var remedy: String?

  /// `10 to 15`, `16 and later`, `all`.
  package var versions: String {
    guard let last else { return first == .oldest ? "all" : "\(first) and later" }
    return first == last ? first.name : "\(first) to \(last)"
  }

  /// Every id has a rule.
  package static func find(_ id: RuleID) -> AuditRule {
    guard let rule = byID[id] else { preconditionFailure("every rule is in the table") }
    return rule
  }

  /// The rule of this id in any case; nil for an id that there is not. What is damaged has an id of its own kind each.
  package static func find(text: String) -> AuditRule? {
    let text = text.lowercased()
    return byText[text] ?? (text.hasPrefix("damage.") ? find(.damage) : nil)
  }

  /// Whether it is asked of this version.
  func concerns(_ version: ServerVersion) -> Bool { first <= version && version <= last ?? version }

  private static let byText = Dictionary(all.map { ($0.id.rawValue.lowercased(), $0) }) { first, _ in first }
  private static let byID = Dictionary(all.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
}

/// The ids of all rules. They stay: scripts and alerts go by them.
///
/// A: checks of nodes, settings and single facts. L: the situation of a logical slot before promotion. N: that of its
/// consumer after promotion. F: physical slots and the followers that use them. In words: one node by itself, and timelines.
package enum RuleID: String, Sendable, Hashable, CaseIterable {
  case a01 = "A01", a02 = "A02", a03 = "A03", a04 = "A04", a05 = "A05", a06 = "A06", a07 = "A07", a08 = "A08"
  case a09 = "A09", a10 = "A10", a11 = "A11", a12 = "A12", a13 = "A13", a14 = "A14", a15 = "A15", a16 = "A16"
  case a17 = "A17", a18 = "A18", a19 = "A19", a20 = "A20", a21 = "A21", a22 = "A22", a23 = "A23", a24 = "A24"
  case a25 = "A25", a26 = "A26", a27 = "A27", a28 = "A28", a29 = "A29", a30 = "A30", a31 = "A31", a32 = "A32"
  case a33 = "A33", a34 = "A34", a35 = "A35", a36 = "A36", a37 = "A37", a38 = "A38", a39 = "A39", a40 = "A40"
  case a41 = "A41", a42 = "A42", a43 = "A43"
  case l01 = "L1", l02 = "L2", l03 = "L3", l04 = "L4", l05 = "L5", l06 = "L6", l07 = "L7", l08 = "L8", l09 = "L9"
  case l10 = "L10", l11 = "L11", l12 = "L12", l13 = "L13", l14 = "L14", l15 = "L15", l16 = "L16", l17 = "L17"
  case l18 = "L18", l19 = "L19", l20 = "L20"
  case n1 = "N1", n2 = "N2", n3 = "N3", n4 = "N4", n5 = "N5"
  case f1 = "F1", f2 = "F2", f3 = "F3", f4 = "F4", f5 = "F5", f6 = "F6", f7 = "F7"

  case startup = "startup.refused", damage = "damage", nodeRunning = "node.running"
  case nodeNotStopped = "node.not-stopped-cleanly", nodeBackupLabel = "node.backup-label"
  case nodeBackupUnfinished = "node.backup-unfinished", nodeCatalogVersion = "node.catalog-version-unknown"
  case slotLost = "slot.lost", slotAboutToBeLost = "slot.about-to-be-lost", slotLostByReplay = "slot.lost-by-replay"
  case slotUnfinished = "slot.unfinished", slotVanishes = "slot.vanishes", slotWALMissing = "slot.wal-missing"
  case slotBeyondEnd = "slot.beyond-end", slotSnapshotMissing = "slot.snapshot-missing"
  case slotSnapshotDamaged = "slot.snapshot-damaged", slotIdleTimeout = "slot.idle-timeout"
  case slotDatabaseMissing = "slot.database-missing", slotNameDiffers = "slot.name-differs"
  case slotNameInvalid = "slot.name-invalid", slotDuplicateName = "slot.duplicate-name"
  case slotInterruptedWrite = "slot.interrupted-write", slotSpillFiles = "slot.spill-files"
  case slotLeftoverFolder = "slot.leftover-folder", slotSymbolicLink = "slot.symbolic-link"
  case slotForeignFile = "slot.foreign-file", snapshotsDamaged = "snapshots.damaged", walGap = "wal.gap"
  case walRedoMissing = "wal.redo-missing", walValidAfterEnd = "wal.valid-after-end"
  case walEndsTooEarly = "wal.ends-too-early", walLeftByCheckpoint = "wal.left-by-checkpoint"
  case timelineHistoryMissing = "timeline.history-missing", timelineControlLags = "timeline.control-lags"
  case timelineSwitchPointsDecrease = "timeline.switch-points-decrease", timelineAmbiguous = "timeline.ambiguous"
  case timelineDiverged = "timeline.diverged", clusterDifferentSystems = "cluster.different-systems"
  case transactionsPrepared = "transactions.prepared", serverRefused = "server.refused"
  case serverLimitedRole = "server.limited-role", serverRoleUnknown = "server.role-unknown"
}

extension RuleID {
  /// Whether an audit asks it.
  package var isOfAudit: Bool { rawValue.first?.isUppercase == true }
}

extension Finding {
  /// What a rule found, as severe as the rule usually is.
  init(_ rule: RuleID, slot: String? = nil, _ message: String, facts: [Fact] = [], remedy: String? = nil) {
    self.init(rule, AuditRule.find(rule).severity, slot: slot, message, facts: facts, remedy: remedy)
  }

  /// What a rule found. The remedy is the rule's own where none is given.
  init(
    _ rule: RuleID, _ severity: Severity, slot: String? = nil, _ message: String, facts: [Fact] = [],
    remedy: String? = nil
  ) {
    self.init(
      rule.rawValue, severity, slot: slot, message, facts: facts, remedy: remedy ?? AuditRule.find(rule).remedy)
  }

  /// Whether its rule is asked of this version.
  func concerns(_ version: ServerVersion) -> Bool {
    RuleID(rawValue: id).map { AuditRule.find($0).concerns(version) } ?? true
  }
}
