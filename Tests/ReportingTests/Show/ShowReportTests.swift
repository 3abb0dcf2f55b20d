import ByteReading
import PostgresFormat
import Testing

@testable import Reporting

@Suite struct ShowReportTests {
  private let slot = SlotState(
    name: "bad\u{1B}[2Jname", restartLSN: LSN(0x100), fileVersion: 5, fileLength: 184, writtenBy: [.v17, .v18, .v19])

  @Test func aNameCannotSteerTheTerminal() throws {
    let result = ShowResult(path: "a\nb", format: .slotState, outcome: .decoded(.slotState(slot)))
    let text = try #require(ShowReport.text(result)).text
    #expect(text.hasPrefix("a\\x0Ab: replication slot state (PostgreSQL 17, 18 or 19)\n"))
    #expect(text.contains("bad\\x1B[2Jname") && text.contains("restart_lsn:         0/00000100\n"))
  }

  @Test func damageIsSaidWithItsPlace() {
    let error = FormatError(.badChecksum, at: 4, field: "checksum", expected: "0x00000001", found: "0x00000002")
    let result = ShowResult(path: "s", format: .slotState, outcome: .damaged(error))
    let complaint = ShowReport.complaint(result)
    #expect(
      complaint?.error
        == "replication slot state: the checksum does not match (checksum at byte 4: expected 0x00000001, found 0x00000002)"
    )
    #expect(complaint?.hint?.hasPrefix("The file changed") == true)
    #expect(!result.isSound && ShowReport.text(result) == nil)
    #expect(ShowReport.document([result]).serialized(pretty: false).contains(#""offset":4,"expected":"0x00000001""#))
  }

  @Test func aFileOfAnotherMajorIsShownAndComplainedAbout() {
    let error = FormatError(.unsupportedVersion, at: 8, field: "version", expected: "3", found: "5")
    let result = ShowResult(path: "s", format: .slotState, outcome: .decoded(.slotState(slot)), mismatch: error)
    #expect(ShowReport.text(result) != nil && ShowReport.complaint(result) != nil && !result.isSound)
  }

  @Test func passwordsOfAConfigurationAreLeftOut() throws {
    let text = ConfigurationText(Array("primary_conninfo = 'host=h password=geheim'\nport y z\n".utf8))
    let result = ShowResult(path: "c", format: .configuration, outcome: .decoded(.configuration(text)))
    let shown = try #require(ShowReport.text(result)).text
    #expect(shown.contains("host=h") && !shown.contains("geheim"))
    #expect(!ShowReport.document([result]).serialized(pretty: false).contains("geheim"))
    #expect(ShowReport.complaint(result)?.error == "syntax error in line 2, near token \"z\"")
  }

  @Test func anUnknownFileIsNamedAsSuch() {
    let result = ShowResult(path: "x", format: nil, outcome: .notRecognized)
    #expect(ShowReport.complaint(result)?.error == "no file format that slotscope knows")
    #expect(ShowReport.document([result]).serialized(pretty: false).contains(#""code":"not_recognised""#))
  }
}
