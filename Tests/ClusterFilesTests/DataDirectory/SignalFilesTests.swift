import Evidence
import FixtureSupport
import Testing

@testable import ClusterFiles

/// A file that makes a standby and that the system does not let be asked about: a link to itself, whoever runs the tests.
@Suite struct SignalFilesTests {
  @Test(arguments: ["standby.signal", "recovery.signal", "recovery.conf"])
  func whatCannotBeAskedAboutIsNotMissing(name: String) throws {
    let scratch = ScratchDirectory()
    let folder = scratch.path + "/data"
    try ExternalProgram.run("/bin/cp", ["-a", try Fixtures.node("pg17-clean", "data").path, folder])
    let before = try DataDirectory(path: folder).gather()
    #expect(before.role == .primary && before.wasRead)
    try ExternalProgram.run("/bin/ln", ["-s", name, "\(folder)/\(name)"])
    let evidence = try DataDirectory(path: folder).gather()
    #expect(evidence.role == .unknown && !evidence.wasRead)
    #expect(evidence.unread.contains { $0.path == name })
  }
}
