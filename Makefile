# What can be done with the sources. Everything that is built goes to build/.

VERSION := $(shell sed -n 's/^Version: *//p' DESCRIPTION)
TARBALL := nnconv_$(VERSION).tar.gz
LIBRARY := $(CURDIR)/build/library
SOURCES := DESCRIPTION NAMESPACE $(wildcard R/*.R src/*.cpp src/*.h src/*/*.cpp src/*/*.h src/Makevars inst/* inst/extdata/*)

# The project's own library; more comes from where R looks.
export R_LIBS := $(LIBRARY):$(R_LIBS)
# Letters beyond ASCII in paths.
export LANG ?= C.UTF-8

.PHONY: help setup test harden demo document site lint bench fixtures clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-9s %s\n", $$1, $$2 }' Makefile

setup: setup-test ## install what the tests need, if missing (the other goals do so by themselves)

setup-%:
	@tools/setup.sh $*

test: setup-test ## build the package, lint, and run R CMD check with all tests inside
	@tools/test.sh

harden: setup-test build/library/.installed ## try to break it: long tests, sanitizers, faults, other machines
	Rscript tools/harden.R $(STEPS)

demo: setup-demo build/library/.installed ## show what the package does
	@Rscript tools/demo.R

document: ## generate the Rcpp glue, NAMESPACE and the help pages (needs roxygen2)
	Rscript tools/document.R

site: setup-site build/library/.installed ## make the web site
	Rscript tools/site.R

lint: ## check the rules of the code that a machine can check
	@Rscript tools/lint.R

bench: setup-bench build/library/.installed ## measure speed, beside PyTorch and oneDNN where installed
	Rscript bench/run.R

fixtures: ## make the test data again (needs python3 with torch)
	python3 tools/make_fixtures.py
	python3 tools/make_safetensors.py
	python3 tools/make_torch_files.py

clean: ## remove what was built
	rm -rf build src/*.o src/*/*.o src/*.so src/*.dll

# The package in that library, from a tarball: no stale object files.
build/library/.installed: $(SOURCES) | setup-demo
	@echo "compiling nnconv, which takes some minutes"
	@mkdir -p build/library build/source
	@cd build/source && R CMD build --no-build-vignettes ../.. > ../install.log 2>&1 && \
	  MAKEFLAGS=-j2 R CMD INSTALL --no-docs --library="$(LIBRARY)" $(TARBALL) >> ../install.log 2>&1 || \
	  { cat ../install.log; exit 1; }
	@touch $@
