import PostgresFormat
import Testing

@Suite struct SettingValueTests {
  @Test(
    arguments: [
      ("t", true), ("TRUE", true), ("tru", true), ("y", true), ("on", true), ("1", true), ("f", false), ("n", false),
      ("of", false), ("off", false), ("0", false), ("No", false), ("o", nil), ("", nil), ("2", nil), ("truee", nil),
      ("onn", nil), (" on", nil),
    ] as [(String, Bool?)])
  func bool(text: String, value: Bool?) { #expect(SettingValue.bool(text) == value) }

  @Test(
    arguments: [
      ("10", SettingUnit.none, 10), ("0x1f", .none, 31), ("010", .none, 8), ("08", .none, nil), (" 7 ", .none, 7),
      ("-1", .none, -1), ("+3", .none, 3), ("5 MB", .none, nil), ("", .none, nil), ("abc", .none, nil),
      ("1.6", .none, 2), ("2.5", .none, 2), ("1e3", .none, 1000), ("010.6", .none, 11), ("2147483648", .none, nil),
      ("1GB", .megabytes, 1024), ("1 GB", .megabytes, 1024), ("1gb", .megabytes, nil), ("1KB", .megabytes, nil),
      ("512kB", .megabytes, 0), ("1536kB", .megabytes, 2), ("1.5GB", .megabytes, 1536),
      ("2TB", .kilobytes, 2_147_483_648),
      ("1048576B", .megabytes, 1), ("7", .megabytes, 7), ("1500ms", .seconds, 2), ("2min", .seconds, 120),
      ("1d", .minutes, 1440), ("1h", .milliseconds, 3_600_000), ("500us", .milliseconds, 0), ("1m", .minutes, nil),
      ("1.5s", .milliseconds, 1500), ("30.1GB", .megabytes, 30_822), ("1e400", .none, nil), (".", .none, nil),
      ("0x", .none, nil), ("1e", .none, nil),
    ] as [(String, SettingUnit, Int64?)])
  func integerFrom12(text: String, unit: SettingUnit, value: Int64?) {
    let expected = value.flatMap { $0 > Int64(Int32.max) ? nil : $0 }
    #expect(SettingNumber.integer(text, unit: unit, version: .v17) == expected, "\(text)")
  }

  @Test func before12FractionsAndSmallUnitsAreUnknownAndTheRestIsCutOff() {
    #expect(SettingNumber.integer("1.5", unit: .none, version: .v11) == nil)
    #expect(SettingNumber.integer("1e3", unit: .none, version: .v11) == nil)
    #expect(SettingNumber.integer("5us", unit: .milliseconds, version: .v11) == nil)
    #expect(SettingNumber.integer("1500ms", unit: .seconds, version: .v11) == 1)
    #expect(SettingNumber.integer("1048576B", unit: .megabytes, version: .v9_6) == nil)
    #expect(SettingNumber.integer("1048576B", unit: .megabytes, version: .v11) == 1)
    #expect(SettingNumber.integer("1GB", unit: .segments, version: .v9_6) == 64)
  }

  @Test func enumerationsTakeTheWordInAnyCaseAndOldSpellings() throws {
    let level = try #require(SettingDefinition.find("WAL_Level", in: .v17))
    #expect(try SettingValue.parse("Logical", as: level, version: .v17) == .word("logical"))
    #expect(try SettingValue.parse("hot_standby", as: level, version: .v17) == .word("replica"))
    #expect(throws: SettingValue.Refusal.invalid) { try SettingValue.parse("logi", as: level, version: .v17) }
  }

  @Test func refusalsSpeakTheServersWords() throws {
    func refusal(_ name: String, _ value: String) throws -> String? {
      let definition = try #require(SettingDefinition.find(name, in: .v17))
      do {
        _ = try SettingValue.parse(value, as: definition, version: .v17)
        return nil
      } catch { return error.message(name: name, value: value, version: .v17) }
    }
    #expect(try refusal("hot_standby", "maybe") == "parameter \"hot_standby\" requires a Boolean value")
    #expect(try refusal("wal_level", "foo") == "invalid value for parameter \"wal_level\": \"foo\"")
    #expect(
      try refusal("max_replication_slots", "-5")
        == "-5 is outside the valid range for parameter \"max_replication_slots\" (0 .. 262143)")
    #expect(
      try refusal("max_slot_wal_keep_size", "-5")
        == "-5 MB is outside the valid range for parameter \"max_slot_wal_keep_size\" (-1 MB .. 2147483647 MB)")
    #expect(try refusal("max_replication_slots", "5") == nil)
  }

  @Test func eachVersionHasAtMostOneDefinitionOfAName() {
    for version in ServerVersion.allCases {
      let names = SettingDefinition.all.filter { $0.exists(in: version) }.map(\.name)
      #expect(Set(names).count == names.count)
    }
    #expect(SettingDefinition.find("wal_keep_segments", in: .v13) == nil)
    #expect(SettingDefinition.find("wal_keep_size", in: .v13) != nil)
    #expect(SettingDefinition.find("primary_conninfo", in: .v11) == nil)
  }

  @Test func everyDefaultIsAValueOfItsOwnType() throws {
    for definition in SettingDefinition.all {
      let value = try SettingValue.parse(definition.defaultValue, as: definition, version: definition.first)
      #expect(value.shown == definition.defaultValue)
    }
  }
}
