import ByteReading
package import Evidence
package import PostgresFormat

/// One node looked at by itself: what it is, its slots, what is wrong. A pure function of the evidence.
package struct Inspection: Sendable {
  /// What it was made of.
  package var evidence: Evidence
  /// Primary or standby, by the signal files, the control file or the server's word.
  package var role: Evidence.Role
  /// nil where it cannot be told whether a server runs.
  package var running: Bool?
  /// nil where the files do not tell it.
  package var timeline: TimelineID?
  /// Sorted by name.
  package var slots: [SlotInspection]
  /// Whether the server would start with these files.
  package var startup: StartupPrediction
  /// What the next checkpoint would remove and why the rest stays; nil where that cannot be told.
  package var retention: Retention?
  /// The account of the WAL folder and of the rows that are pinned; nil where the folder's sizes are not known.
  package var account: RetentionAccount?
  /// Who pins rows, also where the folder's sizes are not known.
  let pinnedRows: [PinnedRows]?
  /// The most severe first, then by slot.
  package var findings: [Finding]
  /// The files whose checksum is what is wrong.
  package let badChecksums: Set<String>
  /// As they would hold; nil where the version is not known. These three are made once for all slots.
  let settings: EffectiveSettings?
  /// What was read of its WAL.
  let wal: WALKnowledge
  /// How far the consumers of its slots are by themselves, where that was given.
  let consumers: [StoredPosition]
  /// What was given of the servers that read from its slots.
  let subscribers: [SubscriberProgress]
  /// By the names of the slots.
  let retained: [String: Retention.Slot]

  /// Works on any evidence, also with nothing but problems in it. `libraries`: what is known of those that its server loads. The order of the rules decides nothing.
  package init(
    _ evidence: Evidence, consumers: [StoredPosition] = [], subscribers: [Evidence] = [],
    libraries: InstalledLibraries? = nil, by rules: RuleRegistry = .all
  ) {
    self.evidence = evidence
    self.consumers = consumers
    self.subscribers = subscribers.flatMap { SubscriberProgress.all($0) }
    role = evidence.role
    running = evidence.isRunning
    timeline = evidence.currentTimeline
    let available = AvailableWAL(evidence)
    slots = evidence.slots.map { SlotInspection($0, in: evidence, available: available) }
      .sorted { ($0.name, $0.evidence.directory) < ($1.name, $1.evidence.directory) }
    startup = StartupPrediction.predict(evidence, libraries: libraries)
    retention = Retention(evidence)
    account = RetentionAccount(evidence, retention ?? Retention(evidence, forAccount: true))
    pinnedRows = account?.rows ?? PinnedRows.all(evidence, next: evidence.newestKnownXID)
    badChecksums = Set(
      evidence.problems.lazy.compactMap { problem in
        guard case .format(let error) = problem.cause, error.code == .badChecksum else { return nil }
        return problem.path
      })
    settings = evidence.version.map { EffectiveSettings(evidence.settings, version: $0) }
    wal = WALKnowledge(evidence.stretches)
    retained = Dictionary((retention?.slots ?? []).map { ($0.name, $0) }) { first, _ in first }
    findings = []
    findDecodingStarts()
    var outcomes: [Outcome] = []
    for index in slots.indices {
      let found = rules.outcomes(of: slots[index], in: self)
      slots[index].fate = found.sorted(by: Outcome.decides).lazy.compactMap(\.fate).first ?? .fine
      outcomes += found
    }
    findings = (outcomes + rules.outcomes(of: self)).flatMap(\.findings).told
  }

  /// The worst severity found; nil where nothing was.
  package var worst: Finding.Severity? { findings.map(\.severity).max() }
}
