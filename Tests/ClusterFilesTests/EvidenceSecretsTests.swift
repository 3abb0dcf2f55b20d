import Evidence
import FixtureSupport
import PostgresFormat
import Testing

@testable import ClusterFiles

/// Files that an older release wrote, with secrets that it let stand.
@Suite struct EvidenceSecretsTests {
  @Test func whatIsReadIsWithheldToo() throws {
    var evidence = Evidence(origin: Origin(kind: .dataDirectory, source: "/data"))
    func setting(_ name: String, _ value: String) -> SettingAssignment {
      SettingAssignment(name: name, value: value, path: "postgresql.conf", line: 1)
    }
    evidence.settings.assignments = [
      setting("restore_command", "sshpass -p PLANTED scp backup:%f %p"), setting("my.api_key", "PLANTED"),
      setting("primary_conninfo", "host=db1 password=PLANTED user=rep"), setting("wal_level", "logical"),
    ]
    evidence.settings.recovery = [setting("restore_command", "curl -u me:PLANTED https://x/%f -o %p")]
    let scratch = ScratchDirectory()
    scratch.write("old.json", Array(try EvidenceFile.encode(evidence).utf8))
    let read = try EvidenceFile.read(scratch.path + "/old.json")
    #expect(!(try EvidenceFile.encode(read)).contains("PLANTED"))
    #expect(read.settings.assignments.map(\.name) == ["restore_command", "primary_conninfo", "wal_level"])
    #expect(read.settings.assignments.last?.value == "logical")
    #expect(read.settings.recovery.first?.value.contains("%f") == true)
  }
}
