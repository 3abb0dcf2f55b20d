import ClusterFiles
import Evidence
import FixtureSupport
import PostgresFormat
import Testing

@Suite struct EvidenceOfConfigurationTests {
  @Test func noPasswordIsInTheEvidenceOfADirectory() throws {
    let scratch = ScratchDirectory()
    scratch.write("PG_VERSION", "17\n")
    scratch.write("postgresql.conf", "primary_conninfo = 'host=a password=hunter2'\nport = 5\n")
    scratch.write(
      "postmaster.opts", "/bin/postgres \"-D\" \"/x\" \"-c\" \"primary_conninfo=host=a password=hunter2\"\n")
    let evidence = try DataDirectory(path: scratch.path).gather()
    #expect(evidence.settings.assignments.map(\.value) == ["host=a", "5", "host=a"])
    #expect(evidence.startFiles.postmasterOptions?.arguments.last == "primary_conninfo=host=a")
    #expect(!"\(evidence)".contains("hunter2"))
  }
}
