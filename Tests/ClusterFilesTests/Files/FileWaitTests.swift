import Testing

@testable import ClusterFiles

/// Calls to a file system that does not answer; the files of other tests do.
@Suite struct FileWaitTests {
  @Test func aCallThatDoesNotReturnIsSeen() async throws {
    #expect(FileWait.path(waitingFor: .seconds(600)) == nil)
    FileWait.begin("/mnt/gone")
    defer { FileWait.end() }
    // Other tests read files meanwhile: each call of theirs begins the time anew.
    var found: String?
    for _ in 0..<2000 where found == nil {
      found = FileWait.path(waitingFor: .microseconds(1))
      try await Task.sleep(for: .milliseconds(1))
    }
    #expect(found != nil)
  }
}
