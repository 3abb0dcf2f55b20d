import ClusterFiles
import Evidence
import PostgresFormat

extension AuditSources {
  /// What the data pages of a standby's directory say of its own WAL, and of the primary's as far as the standby has its history.
  /// nil where there are none.
  func pages(
    of standby: Evidence, _ source: Source, _ primary: (source: Source, evidence: Evidence)?
  ) async throws -> PageCheck? {
    guard let directory = source.directory else { return nil }
    let whole = checksAllPages
    guard !(whole && directory.storage.readsInOrder) else {
      throw CommandFailure(
        "\(directory.path) is a compressed archive, whose pages cannot be read in any order (--check-pages)",
        hint: "Decompress it first, or unpack it.")
    }
    var witnesses: [(witness: PageWitnesses, from: LSN, to: LSN)] = []
    func add(_ evidence: Evidence, _ node: String, _ directory: DataDirectory, _ folders: [String], to limit: LSN) {
      guard let witness = PageWitnesses(evidence, node: node, directory: directory, archives: folders),
        let from = witness.begin(before: standby.wal.end?.lsn, whole: whole)
      else { return }
      witnesses.append((witness, from, limit))
    }
    add(standby, "standby", directory, archives, to: LSN(.max))
    if let evidence = primary?.evidence, let primary = primary?.source.directory,
      evidence.control?.value.systemIdentifier == standby.control?.value.systemIdentifier,
      let end = Self.commonEnd(evidence, standby)
    {
      add(evidence, "primary", primary, archives, to: end)
    }
    // Pages first: what is written meanwhile has its WAL before.
    guard let from = witnesses.map(\.from).min(),
      let positions = PagePositions(ofDirectory: directory, standby, from: from, whole: whole, progress: showPages)
    else { return nil }
    var check = PageCheck(isWhole: whole)
    (check.files, check.pages, check.problem) = (positions.files, positions.pages, positions.problem)
    for (witness, from, to) in witnesses {
      check.witnesses += try await witness.held(
        against: positions, from: from, to: to, jobs: jobs, progress: showPosition)
    }
    return check
  }

  /// Up to where both have the same history; nil where that is not known.
  private static func commonEnd(_ primary: Evidence, _ standby: Evidence) -> LSN? {
    guard let theirs = primary.currentTimeline, let own = standby.currentTimeline else { return nil }
    if theirs == own { return LSN(.max) }
    return standby.currentHistory?.switchPoint(of: theirs) ?? primary.currentHistory?.switchPoint(of: own)
  }
}
