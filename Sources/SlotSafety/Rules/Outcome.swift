import PostgresFormat

/// What one rule says in one case: how bad it is, and the finding that says why.
struct Outcome: Sendable, Hashable {
  /// By this rule alone; ready where it holds.
  var verdict = Verdict.ready
  /// A few words for one line of a table; empty where nothing is to be said.
  var headline = ""
  /// What decides; its remedy is the first step.
  var finding: Finding?
  /// What else is worth knowing.
  var notes: [Finding] = []
  /// What was measured.
  var exposure = Exposure()
  /// What it rests on and no file shows by itself.
  var premises: [SlotPremise] = []
  /// Of one node's slot: what becomes of it.
  var fate: SlotInspection.Fate?
  /// By which it decides where others are as bad; nil: its unit's.
  var priority: Priority?

  /// Nothing stands against it; with what there is to know.
  static func holds(_ headline: String = "", notes: [Finding] = [], exposure: Exposure = Exposure()) -> Outcome {
    Outcome(headline: headline, notes: notes, exposure: exposure)
  }
  /// Worth knowing only.
  static func note(_ finding: Finding) -> Outcome { Outcome(notes: [finding]) }
  /// Not proven safe: the verdict, never ready, says how bad it is.
  static func fails(
    _ verdict: Verdict, _ headline: String, _ finding: Finding?, notes: [Finding] = [], exposure: Exposure = Exposure()
  ) -> Outcome {
    Outcome(verdict: verdict, headline: headline, finding: finding, notes: notes, exposure: exposure)
  }

  /// What becomes of one node's slot.
  static func fate(_ fate: SlotInspection.Fate, _ finding: Finding) -> Outcome {
    Outcome(finding: finding, fate: fate)
  }

  /// Nothing stands against it.
  var isReady: Bool { verdict == .ready }

  var findings: [Finding] { (finding.map { [$0] } ?? []) + notes }

  /// The one that decides comes first.
  static func decides(_ a: Outcome, before b: Outcome) -> Bool {
    if a.verdict != b.verdict { return a.verdict > b.verdict }
    if a.priority != b.priority { return a.priority ?? .note < b.priority ?? .note }
    guard let (mine, other) = a.finding.flatMap({ mine in b.finding.map { (mine, $0) } }) else {
      return a.finding != nil
    }
    return Finding.inOrder(mine, other)
  }
}

extension [Outcome] {
  /// The one whose headline and first step count; nil where all hold.
  var decisive: Outcome? { filter { !$0.isReady }.min(by: Outcome.decides) }
}
