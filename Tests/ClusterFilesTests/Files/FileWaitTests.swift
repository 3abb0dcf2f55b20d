import Testing

@testable import ClusterFiles

/// Calls to a file system that does not answer; the files of other tests do.
@Suite struct FileWaitTests {
  @Test func aCallThatDoesNotReturnIsSeen() async throws {
    var watch = FileWait.Watch()
    _ = watch.look(patience: 3)
    FileWait.begin("/mnt/gone")
    defer { FileWait.end() }
    // A call that has just begun is none that hangs.
    #expect(watch.look(patience: 3) == nil)
    // Other tests read files meanwhile: each call of theirs begins the count anew.
    var found: String?
    for _ in 0..<20_000 where found == nil {
      found = watch.look(patience: 3)
      await Task.yield()
    }
    #expect(found != nil)
  }

  @Test func whereNothingIsAskedNothingHangs() {
    var watch = FileWait.Watch()
    // Calls of other tests may be under way, but not for so many looks.
    #expect((0..<10).allSatisfy { _ in watch.look(patience: 1 << 40) == nil })
  }
}
