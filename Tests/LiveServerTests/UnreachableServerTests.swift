import ClusterFiles
import FixtureSupport
import Glibc
import ServerLab
import Testing

@testable import LiveServer

/// libpq, as this machine has it or not.
private enum Libpq {
  static var isLibraryThere: Bool { failure("host=/nonexistent")?.cause != .noLibrary }

  static func failure(_ text: String) -> ServerError? {
    do throws(ServerError) {
      _ = try ServerSource(text).gather(at: DataDirectory.now, bounds: UnwillingServerLiveTests.short)
      return nil
    } catch { return error }
  }
}

/// What a connection string is taken for and how it is shown, which libpq has no part in.
@Suite struct ServerSourceTests {
  @Test(arguments: [
    ("host=db1", true), ("service=prod", true), ("postgresql://db1/shop", true), ("postgres://", true),
    ("/var/lib/postgresql", false), ("data", false), ("", false),
  ])
  func aSourceIsTakenForWhatItLooksLike(text: String, isServer: Bool) { #expect(ServerSource.isOne(text) == isServer) }

  @Test(arguments: ["host=x password=geheim", "postgresql://u:geheim@x/db", "host=x password='ge heim' user=u"])
  func shownWithoutThePassword(text: String) {
    #expect(!ServerSource.shown(text).contains("heim"))
    #expect(ServerSource.shown(text).contains("x"))
  }

  @Test(.enabled(if: !Libpq.isLibraryThere, "libpq is on this machine"))
  func withoutLibpqTheMessageSaysWhatToInstall() {
    let error = Libpq.failure("host=/nonexistent")
    #expect(error?.message == "libpq is not on this machine" && error?.hint?.contains("libpq5") == true)
  }

  @Test(.enabled(if: Lab.isContinuousIntegration, "for continuous integration"))
  func continuousIntegrationHasLibpq() { #expect(Libpq.isLibraryThere) }
}

/// Servers that are not there, or do not answer: what libpq says of them, and how long it may wait.
@Suite(.enabled(if: Libpq.isLibraryThere, "libpq is not on this machine"))
struct UnreachableServerTests {
  @Test func nobodyThere() throws {
    let error = try #require(Libpq.failure("host=/nonexistent user=postgres password=geheim"))
    #expect(error.cause == .connection && error.message.contains("/nonexistent"))
    #expect(!"\(error)".contains("geheim"))
  }

  /// The system takes the connection, and no program ever answers it.
  private func withSilentListener(_ body: (_ folder: String) throws -> Void) throws {
    let scratch = ScratchDirectory()
    let folder = scratch.path
    let listener = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(listener) }
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: (folder + "/.s.PGSQL.5432").utf8) }
    let bound = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(listener, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    try #require(bound == 0 && listen(listener, 8) == 0)
    try body(folder)
  }

  @Test func whoListensAndSaysNothing() throws {
    try withSilentListener { folder in
      let error = try #require(Libpq.failure("host=\(folder) user=postgres"))
      #expect(error.cause == .connection && error.message.contains("timeout"), "\(error)")
    }
  }

  /// libpq alone would wait for ever with the first two, and for half a minute with the last.
  @Test(
    .timeLimit(.minutes(1)),
    arguments: [
      "host=FOLDER connect_timeout=0", "postgresql:///x?host=FOLDER&connect_timeout=-1",
      "host=FOLDER,FOLDER,FOLDER connect_timeout=10",
    ])
  func noConnectionStringMakesTheWaitEndless(text: String) throws {
    var bounds = UnwillingServerLiveTests.short
    bounds.reaching = 1
    try withSilentListener { folder in
      do throws(ServerError) {
        _ = try ServerSource(text.replacing("FOLDER", with: folder)).gather(at: DataDirectory.now, bounds: bounds)
        Issue.record("it answered")
      } catch { #expect(error.cause == .connection && error.message.contains("within 1 s"), "\(error)") }
    }
  }

  @Test(arguments: ["host=x password=ge heim", "passwort=geheim host=x", "host='x", "postgresql://u:geheim@[::1/x"])
  func aWrongConnectionStringIsNotRepeated(text: String) throws {
    let error = try #require(Libpq.failure(text))
    #expect(error.cause == .badConnectionString)
    #expect(!"\(error)".contains("heim"))
  }
}
