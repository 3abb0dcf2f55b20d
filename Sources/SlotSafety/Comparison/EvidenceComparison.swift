package import Evidence
package import PostgresFormat

/// Two looks at one cluster: what moved, was added, removed or changed from the first (`a`) to the second (`b`).
///
/// The two may be of different kinds: files against the server's memory show how far the files lag behind, an older
/// evidence file against the server what happened since, a primary against its standby how far that one is.
package struct EvidenceComparison: Sendable {
  /// The first look, or the first node.
  package var a: NodeSummary
  /// The second look, or the second node.
  package var b: NodeSummary
  /// nil where one of them does not tell its system identifier.
  package var isSameCluster: Bool?
  /// The end of valid WAL.
  package var end: PositionChange
  /// Sorted by name.
  package var slots: [SlotChange]
  /// Settings whose values differ, sorted by name; none where either side's are not known.
  package var settings: [SettingChange]
  /// What could not be compared, as sentences.
  package var open: [String] = []

  /// Slots are paired by their names, whatever else they are.
  package init(_ a: Evidence, _ b: Evidence) {
    (self.a, self.b) = (NodeSummary(a), NodeSummary(b))
    isSameCluster = a.control.flatMap { one in
      b.control.map { one.value.systemIdentifier == $0.value.systemIdentifier }
    }
    end = PositionChange(a.wal.end?.lsn, b.wal.end?.lsn)
    let (one, other) = (Self.byName(a.slots), Self.byName(b.slots))
    slots = Set(one.keys).union(other.keys).sorted().map { SlotChange($0, one[$0], other[$0]) }
    settings = SettingChange.all(a, b)
    for (side, evidence) in [("A", a), ("B", b)] {
      if evidence.hasProblem(with: "slot_folder") { open.append("The slots of \(side) could not be read.") }
      if !evidence.tellsSettings { open.append("The settings of \(side) are not known.") }
      if let hidden = evidence.settings.hidden, !hidden.isEmpty {
        let what = hidden.count == 1 ? "1 setting of \(side) was" : "\(hidden.count) settings of \(side) were"
        open.append("\(what) not shown to the role that asked.")
      }
    }
    if let one = self.a.timeline, let other = self.b.timeline, one != other {
      let shared = Self.sharedEnd(a, b)
      open.append(
        shared.map { "Positions past \($0), where the timelines part, are of different timelines." }
          ?? "The timelines differ, and no history tells where they part.")
    }
  }

  /// Nothing moved and nothing was changed.
  package var isUnchanged: Bool {
    end.moved == 0 && a.timeline == b.timeline && slots.allSatisfy { $0.kind == .same } && settings.isEmpty
  }

  private static func byName(_ slots: [SlotEvidence]) -> [String: SlotEvidence] {
    Dictionary(slots.map { ($0.name, $0) }) { first, _ in first }
  }

  private static func sharedEnd(_ a: Evidence, _ b: Evidence) -> LSN? {
    guard let one = a.currentTimeline, let other = b.currentTimeline else { return nil }
    return b.history(of: other).switchPoint(of: one) ?? a.history(of: one).switchPoint(of: other)
  }
}

/// A position on both sides.
package struct PositionChange: Sendable, Hashable {
  /// nil where it is not known, or the slot has no such position.
  package var a: LSN?
  /// nil where it is not known, or the slot has no such position.
  package var b: LSN?

  /// 0/0 is PostgreSQL's invalid position, and no position here.
  package init(_ a: LSN?, _ b: LSN?) { (self.a, self.b) = (a?.nonZero, b?.nonZero) }

  /// Bytes from `a` to `b`, negative where it is behind; nil where either is not known.
  package var moved: Int64? {
    guard let a, let b else { return a == b ? 0 : nil }
    return a <= b ? Int64(clamping: b.bytes(since: a)) : -Int64(clamping: a.bytes(since: b))
  }
}

/// One slot on both sides.
package struct SlotChange: Sendable, Hashable {
  /// What became of a slot.
  package enum Kind: String, Sendable, Hashable, CaseIterable {
    /// Nothing of it differs.
    case same
    /// Its positions differ, and nothing else.
    case moved
    /// It is another slot, or was altered, or invalidated.
    case changed
    /// Only `b` has it.
    case came
    /// Only `a` has it.
    case went
    /// Either side's file is damaged.
    case unreadable
  }

  /// One column of pg_replication_slots on both sides.
  package struct Attribute: Sendable, Hashable {
    /// The column's.
    package var name: String
    /// As the view shows it; nil for null, and where the side has no such column.
    package var a: String?
    /// As the view shows it; nil for null, and where the side has no such column.
    package var b: String?
  }

  /// Both sides'; the folder's where a state file is damaged.
  package var name: String
  /// The strongest that applies.
  package var kind: Kind
  /// `restart_lsn`.
  package var restart: PositionChange
  /// `confirmed_flush_lsn`.
  package var confirmedFlush: PositionChange
  /// `catalog_xmin`, on both sides also where it is the same.
  package var catalogXmin: Attribute
  /// Those that differ, under the names of pg_replication_slots.
  package var attributes: [Attribute] = []

  init(_ name: String, _ a: SlotEvidence?, _ b: SlotEvidence?) {
    self.name = name
    restart = PositionChange(a?.state?.restartLSN, b?.state?.restartLSN)
    confirmedFlush = PositionChange(a?.state?.confirmedFlush, b?.state?.confirmedFlush)
    catalogXmin = Attribute(
      name: "catalog_xmin", a: a?.state?.catalogXmin.nonZero?.description, b: b?.state?.catalogXmin.nonZero?.description
    )
    guard a != nil else {
      kind = .came
      return
    }
    guard b != nil else {
      kind = .went
      return
    }
    guard let one = a?.state, let other = b?.state else {
      kind = .unreadable
      return
    }
    attributes = Self.attributes(one, other).filter { $0.a != $0.b }
    let moved = restart.moved != 0 || confirmedFlush.moved != 0 || catalogXmin.a != catalogXmin.b
    kind = attributes.isEmpty ? (moved ? .moved : .same) : .changed
  }

  private static func attributes(_ a: SlotState, _ b: SlotState) -> [Attribute] {
    func pair(_ name: String, _ value: (SlotState) -> String?) -> Attribute {
      Attribute(name: name, a: value(a), b: value(b))
    }
    return [
      pair("datoid") { $0.database.isValid ? $0.database.description : nil },
      pair("plugin") { $0.plugin.isEmpty ? nil : $0.plugin },
      pair("temporary") { $0.persistency == .temporary ? "true" : "false" },
      pair("two_phase") { $0.twoPhase.map { "\($0)" } }, pair("failover") { $0.failover.map { "\($0)" } },
      pair("synced") { $0.synced.map { "\($0)" } }, pair("invalidation_reason") { $0.invalidation?.rawValue },
    ]
  }
}

/// A setting whose values differ. Files tell what the next start makes of it, a server what is in force.
package struct SettingChange: Sendable, Hashable {
  /// As in pg_settings, lower case.
  package var name: String
  /// nil where the version has no such setting.
  package var a: String?
  /// nil where the version has no such setting.
  package var b: String?

  static func all(_ a: Evidence, _ b: Evidence) -> [SettingChange] {
    guard a.tellsSettings, b.tellsSettings, let versionA = a.version, let versionB = b.version else { return [] }
    let one = EffectiveSettings(a.settings, version: versionA)
    let other = EffectiveSettings(b.settings, version: versionB)
    return SettingDefinition.byName.keys.sorted().compactMap { name in
      guard !one.isHidden(name), !other.isHidden(name) else { return nil }
      let (x, y) = (one[name], other[name])
      // Not every build of a major has every setting: files that do not give it then tell of no difference.
      guard !(one.isAbsent(name) && y?.assignment == nil), !(other.isAbsent(name) && x?.assignment == nil) else {
        return nil
      }
      let isSame = x?.value != nil && y?.value != nil ? x?.value == y?.value : x?.text == y?.text
      return isSame ? nil : SettingChange(name: name, a: x?.text, b: y?.text)
    }
  }
}

extension SlotEvidence {
  fileprivate var name: String { state?.name ?? directory }
}

extension Evidence {
  /// A server tells its settings; a directory may have its configuration elsewhere.
  fileprivate var tellsSettings: Bool { positionsAreLive || settings.mainFile != nil }
}
