import FixtureSupport
import Glibc
import ServerLab
import Testing

/// What may stand between the gate and slotscope.
extension GateTests {
  /// Something that stands in front of slotscope (sudo, docker, a script of one's own), answers for it, and then fails, prints
  /// anything, or never ends.
  @Test(
    arguments: shells,
    [
      "exit 0", "exit 1", "echo READY; exit 0", "echo 'SLOTSCOPE OK - ready'", "exec false", "kill -9 $$", "kill $$",
      "exit 3", "sleep 60", "trap '' TERM; sleep 60", "exec sudo -n no-such-program",
      "head -c 300000 /dev/zero | tr '\\0' x; exit 1", "setsid sleep 60 >/dev/null 2>&1 & exit 1",
    ])
  func aWrapperThatFailsIsNoAudit(shell: String, words: String) async throws {
    let scratch = ScratchDirectory()
    let path = scratch.write(
      "wrapper", "#!/bin/sh\n[ \"$1\" != --version ] || exec \(productsDirectory)/slotscope --version\n\(words)\n")
    chmod(path, 0o700)
    let settings = ["SLOTSCOPE": path, "SLOTSCOPE_STANDBY": "/data", "SLOTSCOPE_TIMEOUT": "1"]
    let refusing = try await gate(settings.merging(["SLOTSCOPE_MODE": "refuse"]) { $1 }, shell: shell)
    #expect(
      refusing.status == 1 && refusing.error.contains("refused: the audit ended with 3"),
      "\(refusing.error.suffix(300))")
    let reporting = try await gate(settings, shell: shell)
    #expect(
      reporting.status == 0 && reporting.error.contains("the audit ended with 3"), "\(reporting.error.suffix(300))")
  }

  /// What a program leaves behind may hold the pipe of its answer open for ever.
  @Test(
    arguments: [
      "[ $1 = audit ] || setsid sleep 900 & echo slotscope 1", "setsid sleep 900 &", "sleep 3000",
      "echo slotscope 1; exec sleep 3000",
      "exec yes",
    ])
  func aVersionThatNeverEndsIsNone(words: String) async throws {
    let scratch = ScratchDirectory()
    let path = scratch.write("wrapper", "#!/bin/sh\n\(words)\n")
    chmod(path, 0o700)
    let start = ContinuousClock.now
    let outcome = try await gate(
      ["SLOTSCOPE": path, "SLOTSCOPE_STANDBY": "/data", "SLOTSCOPE_TIMEOUT": "1", "SLOTSCOPE_MODE": "refuse"])
    #expect(
      outcome.status == 1 && outcome.error.contains("refused: the audit ended with 3"), "\(outcome.error.suffix(300))")
    #expect(ContinuousClock.now - start < .seconds(600))
  }
}
