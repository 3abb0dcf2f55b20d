import Testing

@testable import PostgresFormat

@Suite struct PrimitiveTests {
  @Test func lsnTextIsPaddedAndReadsBothForms() {
    #expect(LSN(0x1_0150_A2F8).description == "1/0150A2F8")
    #expect(LSN("0/150A2F8") == LSN(0x150_A2F8))
    #expect(LSN("ab/0150a2f8") == LSN(0xAB_0150_A2F8))
    for bad in ["", "/", "0", "0/", "/1", "0/123456789", "123456789/0", "0/1 ", "0x1/2", "1/2/3", "g/1"] {
      #expect(LSN(bad) == nil, "\(bad)")
    }
  }

  @Test func transactionsCompareInACircle() {
    #expect(TransactionID(5).precedes(TransactionID(6)))
    #expect(TransactionID(4_294_967_290).precedes(TransactionID(5)))
    #expect(!TransactionID(5).precedes(TransactionID(4_294_967_290)))
    #expect(TransactionID(2).precedes(TransactionID(4_294_967_290)))
  }

  @Test func timesAreRFC3339() {
    #expect(Timestamp(unixSeconds: 1_795_255_378).description == "2026-11-21T10:02:58Z")
    #expect(Timestamp(unixSeconds: 951_782_400).description == "2000-02-29T00:00:00Z")
    #expect(Timestamp(unixSeconds: -1).description == "1969-12-31T23:59:59Z")
    #expect(Timestamp(postgresMicroseconds: 0x0003_03C4_B254_B53B).description == "2026-11-21T09:24:30.501179Z")
    #expect(Timestamp(unixSeconds: .max).unixMicroseconds == .max)
  }

  @Test(arguments: [
    ("2026-11-21T10:02:58Z", "2026-11-21T10:02:58Z"), ("2026-11-21 10:02:58", "2026-11-21T10:02:58Z"),
    ("2026-11-21 10:02:58.5+01", "2026-11-21T09:02:58.500000Z"), ("2026-11-21 10:02:58 UTC", "2026-11-21T10:02:58Z"),
    ("2026-11-21 00:30-02:30", "2026-11-21T03:00:00Z"), ("2024-02-29", "2024-02-29T00:00:00Z"),
    ("1969-12-31T23:59:59.999999Z", "1969-12-31T23:59:59.999999Z"), ("2000-03-01+0530", nil), ("2023-02-29", nil),
    ("2026-13-01", nil), ("2026-11-21 24:00", nil), ("2026-11-21 10:60", nil), ("2026-11-21T10:02:58.", nil),
    ("2026-11-21T10:02:58.1234567Z", nil), ("2026-11-21 10:02 CET", nil), ("0/0150A2F8", nil), ("", nil),
    ("0000-01-01", nil), ("2026-11-21 10:02+99", nil),
  ])
  func timesFromText(text: String, expected: String?) {
    #expect(Timestamp(text)?.description == expected)
  }

  @Test func segmentNamesDependOnTheSegmentSize() {
    let name = SegmentName("0000000200000001000000FF".utf8)
    #expect(name?.number(size: 16 << 20) == SegmentNumber(0x1FF))
    #expect(name?.number(size: 1 << 30) == nil)
    #expect(SegmentName(timeline: TimelineID(2), number: SegmentNumber(0x1FF), size: 16 << 20) == name)
    #expect(SegmentName("0000000200000001000000ff".utf8) == nil)
    #expect(SegmentName("0000000200000001000000FF0".utf8) == nil)
  }

  @Test func aPositionAtASwitchPointBelongsToTheChild() {
    let history = TimelineHistory(
      timeline: TimelineID(3),
      ancestors: [
        .init(timeline: TimelineID(1), switchPoint: LSN(100), reason: ""),
        .init(timeline: TimelineID(2), switchPoint: LSN(100), reason: ""),
      ])
    #expect(history.timeline(of: LSN(99)) == TimelineID(1))
    #expect(history.timeline(of: LSN(100)) == TimelineID(3))
  }
}

@Suite struct EarliestAndLatestTimeTests {
  /// Damaged files hold such times; showing them must not end the process.
  @Test func timesAtTheEndsOfTheRangeHaveATextToo() {
    #expect(Timestamp(unixSeconds: .min).description == "-290308-12-21T19:59:05.224192Z")
    #expect(Timestamp(unixSeconds: .max).description == "294247-01-10T04:00:54.775807Z")
    #expect(Timestamp(unixMicroseconds: -1).description == "1969-12-31T23:59:59.999999Z")
  }
}
