import FixtureSupport
import ServerLab
import Testing

/// `audit --wait`: it comes back as soon as the answer is ready, and with the last one when the time is over.
@Suite struct WaitTests {
  private func seconds(_ body: () async throws -> Void) async throws -> Double {
    let clock = ContinuousClock()
    let begin = clock.now
    try await body()
    let time = (clock.now - begin).components
    return Double(time.seconds) + Double(time.attoseconds) / 1e18
  }

  @Test func theLastAnswerCountsWhenTheTimeIsOver() async throws {
    let pair = try NodePairCopy()
    let audit = ["audit", "--primary", pair.primary, "--standby", pair.standby, "--format", "json"]
    let once = try await slotscope(audit)
    #expect(once.status == 2)
    let time = try await seconds {
      let waited = try await slotscope(audit + ["--wait", "2"])
      #expect(waited.status == once.status)
      #expect(try JSONDocument(parsing: waited.output)["slots"] == JSONDocument(parsing: once.output)["slots"])
    }
    #expect(time >= 2)
  }

  /// A standby whose directory comes into being while it is waited for, and is then ready at once.
  @Test func itComesBackAsSoonAsItIsReady() async throws {
    let pair = try NodePairCopy()
    // Without slots nothing can be lost.
    try pair.shell("rm -rf primary/pg_replslot/* standby/pg_replslot/*; rm -f primary/postmaster.pid")
    let audit = ["audit", "--primary", pair.primary, "--standby", pair.standby]
    let once = try await slotscope(audit)
    guard once.status == 0 else {
      Issue.record("the pair is to be ready: \(once)")
      return
    }
    try pair.shell("mv standby later")
    let gone = try await slotscope(audit)
    #expect(gone.status == 3)
    let scratch = pair.scratch.path
    let time = try await seconds {
      let outcome = try await runProgram(
        "/bin/sh",
        [
          "-c", "(sleep 1; mv '\(scratch)/later' '\(scratch)/standby') & exec \"$@\"", "sh",
          productsDirectory + "/slotscope",
        ]
          + audit + ["--wait", "120"])
      #expect(outcome.status == 0 && outcome.output.hasPrefix("READY"), "\(outcome)")
    }
    #expect(time < 120)
  }

  @Test func whatStaysWrongIsSaidAtOnceOrAfterTheTime() async throws {
    let time = try await seconds {
      let outcome = try await slotscope(["audit", "--standby", "/nowhere", "--wait", "1"])
      #expect(outcome.status == 3 && outcome.error.contains("/nowhere"), "\(outcome)")
      #expect(try await slotscope(["audit", "--standby", "/nowhere", "--wait", "0"]).status == 64)
      let name = try await slotscope(["audit", "nobody", "--config", "/nowhere", "--wait", "600"])
      #expect(name.status == 3 && name.error.contains("there is no cluster nobody"), "\(name)")
    }
    // Where a wrong name were waited for it would be ten minutes.
    #expect(time >= 1 && time < 590)
  }
}
