import Evidence
import FixtureSupport
import Glibc
import PostgresFormat
import Testing

@testable import ClusterFiles

/// What can stand in a data directory where a file or a slot's folder is expected.
@Suite struct StrangeEntriesTests {
  private func gathered(_ shell: String) throws -> Evidence {
    let source = try Fixtures.node("pg17-clean", "data").path
    let scratch = ScratchDirectory()
    let folder = scratch.path
    try ExternalProgram.run("/bin/cp", ["-r", source + "/.", folder])
    try ExternalProgram.run("/bin/sh", ["-ec", "cd '\(folder)'; \(shell)"])
    return try DataDirectory(path: folder).gather()
  }

  @Test func leftoversAreTold() throws {
    let evidence = try gathered(
      """
      mkdir pg_replslot/half.tmp; ln -s log_main pg_replslot/alias; echo x > pg_replslot/note
      echo x > pg_replslot/log_main/state.tmp
      echo 12345 > pg_replslot/log_main/xid-7-lsn-0-3000000.spill
      """)
    #expect(evidence.slotLeftovers.map(\.kind) == [.symbolicLink, .temporaryFolder, .other])
    let slot = evidence.slots.first { $0.directory == "log_main" }
    #expect(slot?.hasTemporaryState == true && slot?.temporaryStateIsDirectory == false)
    #expect(slot?.spillFileCount == 1 && slot?.spillBytes == 6)
  }

  @Test func aNamedPipeIsNotReadFrom() throws {
    let evidence = try gathered(
      "rm pg_replslot/log_main/state; mkfifo pg_replslot/log_main/state; mkfifo postmaster.pid")
    #expect(Set(evidence.problems.map(\.path)) == ["pg_replslot/log_main/state", "postmaster.pid"])
    #expect(evidence.slots.first { $0.directory == "log_main" }?.state == nil)
  }

  /// Root reads what the directory's owner may not, and would print its first line.
  @Test(.enabled(if: geteuid() == 0, "needs root"))
  func anotherUsersFileIsNotQuoted() throws {
    let evidence = try gathered(
      """
      echo root:planted > ../secret-$$; chmod 600 ../secret-$$
      for f in PG_VERSION backup_label pg_wal/00000002.history; do
        rm -f $f; ln -s "$(cd ..; pwd)/secret-$$" $f; chown -h nobody $f; done
      """)
    let foreign = Set(evidence.problems.filter { $0.cause.isForeign }.map(\.path))
    #expect(foreign == ["PG_VERSION", "backup_label", "pg_wal/00000002.history"])
    #expect(!"\(evidence)".contains("planted"))
  }

  /// An archive may be another user's, and readable.
  @Test(.enabled(if: geteuid() == 0, "needs root"))
  func anotherUsersFileForAllIsRead() throws {
    let evidence = try gathered("mv PG_VERSION v; chmod 644 v; ln -s v PG_VERSION; chown -h nobody PG_VERSION")
    #expect(evidence.version == .v17 && evidence.problems.isEmpty)
  }

  @Test func aFolderWhereAFileBelongsIsNamed() throws {
    let evidence = try gathered("rm global/pg_control; mkdir global/pg_control; mkdir pg_replslot/empty")
    #expect(evidence.control == nil)
    #expect(Set(evidence.problems.map(\.path)).isSuperset(of: ["global/pg_control", "pg_replslot/empty/state"]))
  }

  @Test func aLinkedWALFolderIsFollowedAndShown() throws {
    let evidence = try gathered("mv pg_wal ../moved-$$; ln -s \"$(cd ..; pwd)/moved-$$\" pg_wal")
    #expect(evidence.wal.linkTarget?.contains("moved-") == true)
    #expect(evidence.wal.end != nil && evidence.problems.isEmpty)
  }

  @Test func aPostmasterFileOfAnotherProcessIsNoRunningServer() throws {
    // The number of this test's own parent: alive, and no server on the directory.
    let evidence = try gathered("printf '%s\\n/elsewhere\\n1\\n5432\\n' $PPID > postmaster.pid")
    #expect(evidence.startFiles.postmasterPIDPresent && evidence.isRunning == false)
  }

  /// In a container the server has another number than here.
  @Test func aServerIsFoundByItsFolderWhateverItsNumber() throws {
    let evidence = try gathered(
      "printf '%s\n/elsewhere\n1\n5432\n' $PPID > postmaster.pid; sleep 20 </dev/null >/dev/null 2>&1 &")
    #expect(evidence.isRunning == true)
  }
}

extension Problem.Cause {
  fileprivate var isForeign: Bool { if case .other("foreign", _) = self { true } else { false } }
}
