# An image that builds books:
#
#   docker build -t handbound .
#   docker run --rm -v "$PWD:/book" -u "$(id -u):$(id -g)" handbound build docs -o public
#
FROM python:3.13-slim-bookworm AS wheel
COPY . /handbound
RUN pip wheel --no-cache-dir --no-deps --wheel-dir /wheels /handbound

FROM python:3.13-slim-bookworm
# What WeasyPrint draws PDF with, and git for the date of the last commit. Names as in ./bootstrap.
RUN apt-get update -qq \
 && apt-get install -y --no-install-recommends libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 git \
 && rm -rf /var/lib/apt/lists/*
COPY requirements/nox.txt /tmp/requirements.txt
COPY --from=wheel /wheels /tmp/wheels
# The locked versions, proved by their hashes; then Handbound itself.
RUN pip install --no-cache-dir --require-hashes -r /tmp/requirements.txt \
 && pip install --no-cache-dir --no-deps /tmp/wheels/*.whl \
 && rm -r /tmp/wheels /tmp/requirements.txt \
 && git config --system --add safe.directory /book
ENV HOME=/tmp
WORKDIR /book
ENTRYPOINT ["book"]
CMD ["--help"]
