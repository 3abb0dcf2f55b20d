import Evidence
import PostgresFormat
import Testing

@testable import SlotSafety

/// Libraries that a server loads at its start, beside what their folder has.
@Suite struct StartupLibrariesTests {
  private let sample = StartupPredictionTests()

  private func predict(
    _ list: String, _ states: [String: InstalledLibraries.State]?, _ change: (inout Evidence) -> Void = { _ in }
  ) throws -> StartupPrediction {
    var evidence = try sample.sound()
    sample.set(&evidence, "shared_preload_libraries", list)
    change(&evidence)
    return StartupPrediction.predict(evidence, libraries: states.map { InstalledLibraries($0) })
  }

  private func there(_ name: String, _ version: ServerVersion? = .v17) -> InstalledLibraries.State {
    .there(path: "/lib/\(name).so", builtFor: version)
  }

  @Test func oneThatIsMissingStopsTheStart() throws {
    for (list, name) in [
      ("nosuch", "nosuch"), ("pgoutput, \"nosuch\"", "nosuch"), ("$libdir/nosuch", "$libdir/nosuch"),
    ] {
      let prediction = try predict(list, ["pgoutput": there("pgoutput"), "nosuch": .missing])
      #expect(prediction.wouldStart == false)
      #expect(prediction.message == "FATAL: could not access file \"\(name)\": No such file or directory")
      #expect(prediction.remedy?.contains("Install the package") == true)
    }
  }

  @Test func oneOfAnotherMajorStopsTheStart() throws {
    let prediction = try predict("pg_cron", ["pg_cron": there("pg_cron", .v15)])
    #expect(prediction.wouldStart == false)
    #expect(prediction.message == "FATAL: incompatible library \"/lib/pg_cron.so\": version mismatch")
    #expect(prediction.details == ["Server is version 17, library is version 15."])
  }

  @Test func whatIsNotKnownLeavesItOpen() throws {
    #expect(try predict("pg_stat_statements", nil).wouldStart == nil)
    #expect(try predict("pg_stat_statements", ["pg_stat_statements": there("x")]).wouldStart == true)
    #expect(try predict("pg_stat_statements.so", ["pg_stat_statements.so": there("x")]).wouldStart == true)
    // Whatever an extension of others asks for when it is loaded, and one that does not say for which major it was built.
    for state in [there("timescaledb"), there("timescaledb", nil)] {
      let prediction = try predict("timescaledb", ["timescaledb": state])
      #expect(prediction.wouldStart == nil && prediction.message?.contains("timescaledb") == true)
    }
    #expect(try predict("auto_explain", ["auto_explain": there("auto_explain", nil)]).wouldStart == nil)
    // Elsewhere.
    #expect(try predict("/opt/lib/nosuch", [:]).wouldStart == nil)
    let path = { (evidence: inout Evidence) in sample.set(&evidence, "dynamic_library_path", "/opt/lib:$libdir") }
    #expect(try predict("nosuch", ["nosuch": .missing], path).wouldStart == nil)
    #expect(try predict("$libdir/nosuch", ["nosuch": .missing], path).wouldStart == false)
    // A list with a mistake in it is none.
    #expect(try predict("a,,nosuch", [:]).wouldStart == true)
  }

  @Test func whichLibrariesAreLookedFor() throws {
    var evidence = try sample.sound()
    sample.set(&evidence, "shared_preload_libraries", "a, $libdir/b, /c/d")
    #expect(evidence.preloadedLibraries == ["a", "b"])
  }
}
