import Evidence
import FixtureSupport
import Glibc
import PostgresFormat
import Testing

@testable import ClusterFiles

/// Everything of a data directory is read through its storage, and what that cannot tell is never taken for absence.
@Suite struct StorageTests {
  private func evidence(_ path: String, _ storage: any ClusterStorage) throws -> Evidence {
    var evidence = try DataDirectory(path: path, in: storage).gather()
    evidence.origin = Origin(kind: .dataDirectory, source: "")
    if !storage.mayHaveServers { evidence.startFiles.postmasterAlive = nil }
    return evidence
  }

  @Test(arguments: [("pg13-pair", "standby"), ("pg17-crash", "data"), ("pg17-pubsub", "subscriber")])
  func memorySaysWhatTheFilesSay(fixture: String, node: String) async throws {
    let path = try Fixtures.node(fixture, node).path
    let memory = try MemoryStorage(copying: path)
    var (files, copy) = (try evidence(path, PosixStorage()), try evidence(path, memory))
    (files.startFiles.postmasterAlive, files.startFiles.permissions) = (nil, nil)
    copy.origin = files.origin
    #expect(files == copy)
    let stretches = try await WALStretchReader(files, dataDirectory: path)?.stretches(from: nil)
    #expect(try await WALStretchReader(copy, dataDirectory: path, in: memory)?.stretches(from: nil) == stretches)
  }

  /// A directory of nothing but a path has no other way to its files than the storage.
  @Test func nothingIsReadPastTheStorage() throws {
    let path = try Fixtures.node("pg17-crash", "data").path
    var memory = try MemoryStorage(copying: path)
    memory.change(path + "/postgresql.conf") { $0 += Array("\nwork_mem = '77MB'\n".utf8) }
    memory.change(path + "/pg_replslot/log_main/state") { $0.removeLast(40) }
    let copy = try evidence(path, memory)
    #expect(copy.settings.assignments.contains { $0.name == "work_mem" })
    #expect(copy.problems.contains { $0.path == "pg_replslot/log_main/state" })
  }

  @Test(arguments: ["standby.signal", "recovery.signal", "recovery.conf"], [EIO, EACCES])
  func aSignalFileThatCannotBeAskedAboutLeavesTheRoleOpen(name: String, errno: Int32) throws {
    let path = try Fixtures.node("pg17-crash", "data").path
    let broken = FailingStorage(paths: [path + "/" + name], calls: [.status], errno: errno)
    let evidence = try evidence(path, broken)
    #expect(evidence.role == .unknown && !evidence.wasRead)
    #expect(evidence.unread.contains { $0.path == name })
  }

  @Test(arguments: ["backup_label", "postmaster.pid"])
  func anotherFileOfTheStartThatCannotBeAskedAboutMayBeThere(name: String) throws {
    let path = try Fixtures.node("pg17-clean", "data").path
    let whole = try evidence(path, PosixStorage())
    try #require(!whole.startFiles.backupLabelPresent && !whole.startFiles.postmasterPIDPresent)
    let broken = FailingStorage(paths: [path + "/" + name], calls: [.status, .open])
    let evidence = try evidence(path, broken)
    #expect(evidence.problems.contains { $0.path == name })
    if name == "backup_label" {
      #expect(evidence.startFiles.backupLabelPresent)
    } else {
      #expect(evidence.isRunning == nil)
    }
  }

  /// Whatever fails of whichever file: it is named, or the evidence is what it was.
  @Test func everyFailureIsNamed() throws {
    let path = try Fixtures.node("pg17-pair", "standby").path
    let memory = try MemoryStorage(copying: path)
    let whole = try evidence(path, PosixStorage())
    var count = 0
    for file in memory.files.keys.sorted() where !file.hasPrefix(path + "/pg_wal/0") {
      for call in [FailingStorage.Call.open, .read] {
        guard let broken = try? evidence(path, FailingStorage(paths: [file], calls: [call])) else { continue }
        count += 1
        let name = file.dropFirst(path.utf8.count + 1)
        let isNamed = broken.problems.contains { $0.path == name } || broken.startFiles.plainAuthentication == nil
        #expect(broken == whole || isNamed, "\(name) \(call)")
      }
    }
    for folder in memory.folders.keys.sorted() {
      let broken = try evidence(path, FailingStorage(paths: [folder], calls: [.list]))
      let name = folder.dropFirst(path.utf8.count + 1)
      #expect(broken == whole || broken.problems.contains { $0.path == name }, "\(name)")
    }
    #expect(count > 50)
  }
}
