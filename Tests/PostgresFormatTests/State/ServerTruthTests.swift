import ByteReading
import FixtureSupport
import Testing

@testable import PostgresFormat

/// The state files of real servers against what the servers themselves said.
@Suite struct ServerTruthTests {
  /// The fixtures of the repository, and the folders that SLOTSCOPE_CASES names.
  static let nodes: [FixtureNode] = {
    let folders = Fixtures.names.compactMap { try? Fixtures.unpacked($0) } + Fixtures.externalFolders
    return folders.flatMap { (try? Fixtures.nodes(inFolder: $0)) ?? [] }
  }()

  private func read(_ path: String) throws -> [UInt8] { try FileTree.contents(of: path) }

  /// pg_replication_slots after a restart on the same files; where that was not asked, before the stop. A server that
  /// was killed without having been restarted had newer positions in memory: then only what cannot move is compared.
  @Test(arguments: nodes) func slotsAreThoseThatTheServerShows(node: FixtureNode) throws {
    let version = try #require(ServerVersion(name: node.versionName))
    let wasRestarted = !node.truth["slots_after_restart"].isNull
    let shown = node.truth[wasRestarted ? "slots_after_restart" : "slots"].elements
    let controlBytes = try read("\(node.path)/global/pg_control")
    let control = try ControlFile(parsing: controlBytes.span.bytes, version: version)
    let positionsAreExact = wasRestarted || control.state == .shutDown || control.state == .shutDownInRecovery

    var states: [String: SlotState] = [:]
    for folder in FileTree.entries(of: "\(node.path)/pg_replslot") where !SlotFolderName.isTemporary(folder) {
      let path = "\(node.path)/pg_replslot/\(folder)/state"
      guard FileTree.exists(path) else { continue }
      let bytes = try read(path)
      let state = try SlotState(parsing: bytes.span.bytes, version: version)
      #expect(try SlotState(parsing: bytes.span.bytes).writtenBy.contains(version))
      if state.persistency == .persistent { states[state.name] = state }
    }
    let persistent = shown.filter { $0["temporary"].bool != true }
    #expect(Set(states.keys) == Set(persistent.compactMap { $0["slot_name"].string }), "\(node)")

    for row in persistent {
      let name = try #require(row["slot_name"].string)
      guard let state = states[name] else { continue }
      let place: Comment = "\(node) \(name)"
      #expect(row["slot_type"].string == (state.isLogical ? "logical" : "physical"), place)
      #expect(row["plugin"].string ?? "" == state.plugin, place)
      #expect(row["datoid"].string ?? "0" == state.database.description, place)
      if let twoPhase = row["two_phase"].bool { #expect(twoPhase == state.twoPhase, place) }
      if let failover = row["failover"].bool { #expect(failover == state.failover, place) }
      if let synced = row["synced"].bool { #expect(synced == state.synced, place) }
      if row.keys.contains("invalidation_reason") {
        #expect(row["invalidation_reason"].string == state.invalidation?.rawValue, place)
      } else if row.keys.contains("wal_status"), state.restartLSN != .none || state.invalidation != nil {
        #expect((row["wal_status"].string == "lost") == (state.invalidation != nil), place)
      }
      guard positionsAreExact else { continue }
      #expect(row["restart_lsn"].string.flatMap { LSN($0) } == state.restartLSN.nonZero, place)
      // Before 17 a clean stop does not write what a consumer confirmed last.
      let confirmed = row["confirmed_flush_lsn"].string.flatMap { LSN($0) }
      if wasRestarted || version >= .v17 {
        #expect(confirmed == state.confirmedFlush.nonZero, place)
      } else {
        #expect(confirmed ?? .none >= state.confirmedFlush, place)
      }
      #expect(row["catalog_xmin"].string == state.catalogXmin.nonZero?.description, place)
      #expect(row["xmin"].string == state.xmin.nonZero?.description, place)
      if row.keys.contains("two_phase_at"), state.twoPhase == true {
        #expect(row["two_phase_at"].string.flatMap { LSN($0) } == state.twoPhaseAt?.nonZero, place)
      }
    }
  }

  @Test(arguments: nodes) func everySmallFileReads(node: FixtureNode) throws {
    let version = try #require(ServerVersion(name: node.versionName))
    for file in FileTree.entries(of: "\(node.path)/pg_logical/snapshots") where file.hasSuffix(".snap") {
      let bytes = try read("\(node.path)/pg_logical/snapshots/\(file)")
      let snapshot = try SnapshotFile(parsing: bytes.span.bytes, version: version)
      #expect(snapshot.state == 2 && SnapshotFileName(file) != nil, "\(node) \(file)")
    }
    for file in FileTree.entries(of: "\(node.path)/pg_twophase") {
      let bytes = try read("\(node.path)/pg_twophase/\(file)")
      let prepared = try PreparedTransaction(parsing: bytes.span.bytes, version: version)
      #expect(prepared.xid == PreparedTransactionFileName(file)?.xid, "\(node) \(file)")
      #expect(try PreparedTransaction(parsing: bytes.span.bytes) == prepared, "\(node) \(file)")
    }
    let origins = "\(node.path)/pg_logical/replorigin_checkpoint"
    if FileTree.exists(origins) {
      let bytes = try read(origins)
      let list = try OriginProgress.list(parsing: bytes.span.bytes)
      for row in node.truth["origins"].elements {
        guard let shown = row["remote_lsn"].string.flatMap({ LSN($0) }) else { continue }
        let stored = list.first { Int64($0.originID) == row["roident"].integer }?.remoteLSN
        if let stored { #expect(stored <= shown, "\(node)") }
      }
    }
    let walFolder = "\(node.path)/\(version.walDirectoryName)"
    for file in FileTree.entries(of: walFolder) {
      switch WALFileName(file) {
      case .history(let timeline):
        let bytes = try read("\(walFolder)/\(file)")
        let parsed = try TimelineHistory.parsing(bytes.span.bytes, timeline: timeline, version: version)
        #expect(parsed.warnings.isEmpty && !parsed.history.ancestors.isEmpty, "\(node) \(file)")
      case .other: Issue.record("\(node): no server writes a file named \(file)")
      default: break
      }
    }
    for (file, read) in [
      ("PG_VERSION", { _ = try #require(try VersionFile(parsing: $0.span.bytes).version) }),
      ("postmaster.opts", { _ = try PostmasterOptions(parsing: $0.span.bytes) }),
      ("postmaster.pid", { _ = try PostmasterPID(parsing: $0.span.bytes) }),
      ("backup_label.old", { _ = try BackupLabel(parsing: $0.span.bytes) }),
    ] as [(String, ([UInt8]) throws -> Void)] where FileTree.exists("\(node.path)/\(file)") {
      try read(self.read("\(node.path)/\(file)"))
    }
  }
}
