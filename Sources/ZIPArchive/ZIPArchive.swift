// ZIPArchive
