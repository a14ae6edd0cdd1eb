# make demo      a trained network: converted, verified, and run on ten handwritten digits
# make build     .build/release/cnnconvert
# make test      formatting and all tests; needs no Python
# make evidence  1,000 planted faults and 1,000,000 roundings: the tables of README.md
# make format    formats all sources in place
# make clean     removes what make made
#
# What is missing on the machine is installed first, through apt-get or Homebrew; see .ci/dependencies.

CNNCONVERT = .build/release/cnnconvert
SOURCES = Package.swift Sources Tests Examples Benchmarks
DIGITS = fixtures/keras/digits-lenet
EVIDENCE = .build/release/evidence

.PHONY: build demo evidence test lint format clean dependencies

build: dependencies
	swift build -c release

demo: build
	mkdir -p demo
	$(CNNCONVERT) $(DIGITS)/model.h5 demo/digits.cnnm
	$(CNNCONVERT) verify demo/digits.cnnm --against $(DIGITS)/model.h5 --golden $(DIGITS)/golden.npz
	.build/release/digits demo/digits.cnnm $(DIGITS)/digits.txt

evidence: build
	$(EVIDENCE) faults --count 1000 --seed 1
	$(EVIDENCE) rounding --trials 1000000 --seed 1

test: dependencies lint
	swift test

lint:
	swift format lint --strict --recursive $(SOURCES)

format:
	swift format --in-place --recursive $(SOURCES)

clean:
	rm -rf .build demo

dependencies:
	@.ci/dependencies
