import FixtureSupport
import PostgresFormat
import Testing

/// Times of a log in zones of real compiled rules (Fixtures/timezones), as another reader of such files has them.
struct LogZoneTests {
  private func zone(_ name: String) throws -> LogZone {
    let bytes = try FileTree.contents(of: "\(Fixtures.directory)/timezones/\(name)")
    return .rules(try #require(TimeZoneRules(bytes)))
  }

  private func seconds(_ text: String, in zone: LogZone) -> Int64? {
    LogTime(Array(text.utf8)).flatMap(zone.moment).map { $0.unixMicroseconds / 1_000_000 }
  }

  @Test(arguments: [
    // The hour that comes twice, and the one that is left out.
    ("Berlin.slim", "2026-10-25 02:30:00 CEST", 1_792_888_200),
    ("Berlin.slim", "2026-10-25 02:30:00 CET", 1_792_891_800),
    ("Berlin.fat", "2026-10-25 02:30:00 CEST", 1_792_888_200),
    ("Berlin.fat", "2026-10-25 02:30:00 CET", 1_792_891_800),
    ("Berlin.slim", "2026-03-29 01:59:59 CET", 1_774_745_999),
    ("Berlin.slim", "2026-03-29 03:00:00 CEST", 1_774_746_000),
    // Past the last transition that is listed.
    ("Berlin.fat", "2060-07-01 02:00:00 CEST", 2_855_865_600),
    ("Berlin.slim", "2060-07-01 02:00:00 CEST", 2_855_865_600),
    // Winter time is the exception there, and the same letters are another zone's.
    ("Dublin.slim", "2026-10-25 01:30:00 IST", 1_792_888_200),
    ("Dublin.slim", "2026-10-25 01:30:00 GMT", 1_792_891_800),
    ("Dublin.slim", "2060-07-01 01:00:00 IST", 2_855_865_600),
    ("Kolkata.fat", "2026-10-25 06:00:00 IST", 1_792_888_200),
    ("Kolkata.fat", "2060-07-01 05:30:00 IST", 2_855_865_600),
    ("St_Johns.slim", "2026-11-01 01:45:00 NDT", 1_793_506_500),
    ("St_Johns.slim", "2026-11-01 01:30:00 NST", 1_793_509_200),
    ("Moscow.fat", "2026-03-29 03:59:59 MSK", 1_774_745_999),
  ])
  func aTimeIsReadByTheRulesOfItsZone(name: String, text: String, expected: Int) throws {
    #expect(seconds(text, in: try zone(name)) == Int64(expected))
  }

  /// Letters that the zone does not have then, an hour that no clock showed, letters that stand for two offsets.
  @Test(arguments: [
    ("Berlin.slim", "2026-07-01 12:00:00 CET"), ("Berlin.slim", "2026-11-29 12:00:00 CEST"),
    ("Berlin.fat", "2026-11-29 12:00:00 UTC"), ("Berlin.fat", "2026-11-29 12:00:00 IST"),
    ("Berlin.fat", "2026-11-29 12:00:00"), ("Berlin.fat", "2026-03-29 02:30:00 CET"),
    ("Berlin.fat", "2026-03-29 02:30:00 CEST"), ("Dublin.slim", "2026-12-01 12:00:00 IST"),
    ("Kolkata.fat", "2026-10-25 06:00:00 +0530"), ("Moscow.fat", "2014-10-26 01:30:00 MSK"),
  ])
  func whatIsAmbiguousIsNotGuessed(name: String, text: String) throws {
    #expect(LogTime(Array(text.utf8)) != nil)
    #expect(seconds(text, in: try zone(name)) == nil)
  }

  /// Letters may be numbers; those with a minus stand right beside the time of day.
  @Test func numbersAreLettersToo() throws {
    let zone = try zone("Casablanca.fat")
    #expect(seconds("2026-11-29 13:00:00.250 +01", in: zone) == 1_795_953_600)
    #expect(seconds("2026-11-29 13:00:00.250 -01", in: zone) == nil)
    #expect(LogTime(Array("2026-11-29 13:00:00.250 -03".utf8))?.abbreviation == Array("-03".utf8))
    #expect(seconds("2026-11-29 13:00:00 -03", in: .utc) == nil && seconds("2026-11-29 13:00:00 UTC", in: .utc) != nil)
    #expect(seconds("2026-11-29 13:00:00 UTC", in: .unknown) == nil)
    // The times of a log that begins with them are not taken for words of their own.
    for prefix in ["%t %p ", "%m [%p] ", "%p|%t|", "%p %m "] {
      let time = "2026-11-29 13:00:00" + (prefix.contains("%m") ? ".000" : "") + " +01"
      let line = prefix.replacing("%t", with: time).replacing("%m", with: time).replacing("%p", with: "7") + "LOG:  x"
      let found = try #require(LogLinePrefix(prefix).entry(Array(line.utf8), in: zone), "\(prefix)")
      #expect(found.time == Timestamp(unixSeconds: 1_795_953_600) && found.processID == 7)
    }
  }

  /// A session's start stands there twice; where the two differ, the times are of another zone.
  @Test func aSessionsNumberIsAWitness() throws {
    let zone = try zone("Kolkata.fat")
    let tail = ",,0,LOG,00000,\"x\",,,,,,,,,\"\",\"postmaster\",,0"
    func time(_ id: String) throws -> Timestamp? {
      var parser = ServerLogParser(.csv, in: zone)
      let line = "2026-11-29 18:11:38.000 IST,,,77,,\(id),3,,2026-11-29 18:11:37 IST" + tail
      let entry = parser.add(line: Array(line.utf8))
      return try #require(entry).time
    }
    #expect(try time("6b0c1d81.7de6") == Timestamp(unixSeconds: 0x6b0c_1d82))
    #expect(try time("6b0c0d81.7de6") == nil)
  }

  @Test func damagedRulesAreNone() throws {
    let bytes = try FileTree.contents(of: "\(Fixtures.directory)/timezones/Berlin.slim")
    for length in 0..<bytes.count { _ = TimeZoneRules(Array(bytes.prefix(length))) }
    #expect(TimeZoneRules([]) == nil && TimeZoneRules(Array(bytes.prefix(300))) == nil)
    let text = LogTime(Array("2026-10-25 02:30:00 CET".utf8))
    for index in bytes.indices {
      for byte in [0, 0xFF, bytes[index] ^ 0x10] as [UInt8] {
        var damaged = bytes
        damaged[index] = byte
        if let rules = TimeZoneRules(damaged), let text { _ = LogZone.rules(rules).moment(text) }
      }
    }
  }
}
