import FoundationEssentials
import PostgresFormat
import Testing

@testable import ClusterFiles

/// The names and times of evidence files.
@Suite struct EvidenceCodingTests {
  @Test(arguments: [
    ("lsn", "lsn"), ("restartLSN", "restart_lsn"), ("oldestXIDDatabase", "oldest_xid_database"),
    ("maxWALSenders", "max_wal_senders"), ("walSegmentSize", "wal_segment_size"), ("float8ByValue", "float8_by_value"),
    ("originID", "origin_id"), ("postmasterPIDPresent", "postmaster_pid_present"), ("nextOID", "next_oid"),
  ])
  func namesAreInSnakeCase(member: String, name: String) {
    #expect(EvidenceCoding.snakeCase(member) == name)
    #expect(EvidenceCoding.memberName(name) == member)
  }

  @Test(arguments: [
    (0, #""1970-01-01T00:00:00Z""#), (-1, #""1969-12-31T23:59:59.999999Z""#),
    (253_402_300_799_999_999, #""9999-12-31T23:59:59.999999Z""#), (253_402_300_800_000_000, "253402300800000000"),
    (-62_135_596_800_000_000, #""0001-01-01T00:00:00Z""#), (-62_135_596_800_000_001, "-62135596800000001"),
    (Int64.max, "9223372036854775807"), (Int64.min, "-9223372036854775808"),
  ])
  func timesAreText(microseconds: Int64, text: String) throws {
    let time = Timestamp(unixMicroseconds: microseconds)
    let encoded = try EvidenceCoding.encoder.encode(time)
    #expect(String(decoding: encoded, as: UTF8.self) == text)
    #expect(try EvidenceCoding.decoder.decode(Timestamp.self, from: encoded) == time)
  }

  @Test(arguments: [#""2026-02-30T00:00:00Z""#, #""yesterday""#, "{}", "1.5", "null"])
  func whatIsNoTimeIsRefused(text: String) {
    #expect(throws: DecodingError.self) {
      try EvidenceCoding.decoder.decode(Timestamp.self, from: Data(text.utf8))
    }
  }
}
