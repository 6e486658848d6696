# The commands of daily use. Each says what it does and how far it is, does only
# what is missing, and is safe to run again; scripts/run.sh holds the steps.

GOALS := demo check check-quick check-torch build docs check-docs readme format check-format bench bench-gpu-bundle

.PHONY: help $(GOALS) clean

help:
	@echo "make demo          install what is missing, build, train the demo under every rule"
	@echo "make check         install what is missing, build, run every test"
	@echo "make check-quick   the tests that take seconds"
	@echo "make check-torch   compare with PyTorch (adds a CPU build of torch to .venv)"
	@echo "make build         build only (the Debian and Python packages must be there)"
	@echo "make bench         benchmarks; figures go to benchmarks/results/"
	@echo "make bench-gpu-bundle  build/bench-gpu: GPU benchmarks to copy to a machine with a GPU"
	@echo "make docs          regenerate the op and pass pages in docs/"
	@echo "make readme        run the demo and put its table and picture into README.md"
	@echo "make format        format C++ and Python; make check-format only looks"
	@echo "make clean         remove build/ (keeps .venv)"

$(GOALS):
	@bash scripts/run.sh $@

clean:
	rm -rf build
